#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How the node is. Usage: status.py SOCKET"""
import sys

from liaison_api import Api

status = Api(sys.argv[1]).status()
print(f"{status['member']}: link {status['link']['state']}, {status['log']['size']} entries, {status['outbox']['queued']} queued, {status['alarms']} alarms")
