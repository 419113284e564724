# SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/*.json with this second implementation, from fixed keys. Usage:
     flatc --python -o FOLDER schemas/*.fbs
     PYTHONPATH=FOLDER python3 tests/interop/make_vectors.py tests/vectors
What is there already is compared, not rewritten, unless --write is given."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "nodes/clients/python"))

import byte_vectors as of_bytes  # noqa: E402
import proof_vectors  # noqa: E402
import record_vectors  # noqa: E402
import text_vectors as of_text  # noqa: E402

FILES = {"header": of_bytes.headers, "frame": of_bytes.frames, "sealing": of_bytes.sealing, "merkle": of_bytes.merkle, "checkpoint": of_text.notes,
         "roster": of_text.rosters, "policy": of_text.policies, "enrolment": of_text.enrolments, "bodies": of_bytes.bodies, "wire": of_bytes.controls,
         "records": record_vectors.records, "ids": of_text.ids, "proof": proof_vectors.proofs}


def main():
    folder, write = Path(sys.argv[1]), "--write" in sys.argv
    different = []
    for name, make in FILES.items():
        text = json.dumps(make(), indent=1, ensure_ascii=True) + "\n"
        file = folder / f"{name}.json"
        if write:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            different.append(file.name)
    if different:
        sys.exit(f"error: not as this implementation makes them: {', '.join(different)}")


main()
