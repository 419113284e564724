# SPDX-License-Identifier: Apache-2.0
"""The wire protocol of Liaison in Python: Member for a committee's own program, Proof for whoever is shown a proof file, the modules for the rest."""
from .crypto import Refused
from .judge import CODES, Proof
from .member import Member
from .node import Keys, Node, Received

__all__ = ["CODES", "Keys", "Member", "Node", "Proof", "Received", "Refused"]
