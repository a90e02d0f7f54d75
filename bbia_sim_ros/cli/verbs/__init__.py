"""The verbs of `./bbia`, in the order in which `--help` shows them."""

from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verbs import bench
from bbia_sim_ros.cli.verbs import doctor
from bbia_sim_ros.cli.verbs import run
from bbia_sim_ros.cli.verbs import setup
from bbia_sim_ros.cli.verbs import test
from bbia_sim_ros.cli.verbs import up

VERBS: dict[str, Verb] = {
    'up': up.VERB,
    'test': test.VERB,
    'bench': bench.VERB,
    'run': run.VERB,
    'doctor': doctor.VERB,
    'setup': setup.VERB,
}
