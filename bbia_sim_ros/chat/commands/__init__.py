"""A grammar of robot commands in English and French, which needs no model."""

from bbia_sim_ros.chat.commands.understanding import MAX_CHARACTERS
from bbia_sim_ros.chat.commands.understanding import MAX_COMMANDS
from bbia_sim_ros.chat.commands.understanding import Understood
from bbia_sim_ros.chat.commands.understanding import understand

__all__ = ['MAX_CHARACTERS', 'MAX_COMMANDS', 'Understood', 'understand']
