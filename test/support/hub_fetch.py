"""Fetch a model in a process of its own, whose environment says which hub: prints JSON.

python -m support.hub_fetch MODEL REVISION
"""

import json
import sys

from bbia_sim_ros.models import hub
from bbia_sim_ros.models.errors import ModelLoadError

if __name__ == '__main__':
    stages = []
    try:
        outcome = {
            'obstacle': hub.obstacle(*sys.argv[1:]),
            'folder': str(
                hub.fetch(*sys.argv[1:], lambda share, stage: stages.append((share, stage)))
            ),
        }
    except ModelLoadError as error:
        outcome = {'error': str(error)}
    print(json.dumps({**outcome, 'stages': stages}))
