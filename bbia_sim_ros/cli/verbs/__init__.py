"""The verbs of `./bbia`, in the order in which `--help` shows them."""

from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verbs import bench
from bbia_sim_ros.cli.verbs import docs
from bbia_sim_ros.cli.verbs import doctor
from bbia_sim_ros.cli.verbs import record
from bbia_sim_ros.cli.verbs import replay
from bbia_sim_ros.cli.verbs import run
from bbia_sim_ros.cli.verbs import setup
from bbia_sim_ros.cli.verbs import test
from bbia_sim_ros.cli.verbs import up

VERBS: dict[str, Verb] = {
    'up': up.VERB,
    'test': test.VERB,
    'bench': bench.VERB,
    'record': record.VERB,
    'replay': replay.VERB,
    'run': run.VERB,
    'doctor': doctor.VERB,
    'docs': docs.VERB,
    'setup': setup.VERB,
}
