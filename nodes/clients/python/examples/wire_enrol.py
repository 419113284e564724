#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the keys of a member that runs this client instead of liaison-node, and the request for the authority.
Usage: wire_enrol.py FOLDER NETWORK MEMBER PASSPHRASE_FILE
Then the authority puts MEMBER.request into a roster, and `liaison node trust --dir FOLDER roster-1.note --fingerprint HEX` pins that."""
import sys

from liaison_wire import Keys

folder, network, member, passphrase_file = sys.argv[1:]
request = Keys().write(folder, network, member, passphrase_file)
print(f"give {request} to the authority")
