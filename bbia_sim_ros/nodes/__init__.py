"""The ROS shell: one file per node, which declares parameters and wires topics to the pure core.

The first message that is used imports `rosidl_generator_py` for the code that loads it, and with it
the generator of message code and two parsers: 7 MB in every process. It does without the generator
where that cannot be imported, so it cannot be in a process that imports this package.
"""

import sys

sys.modules['rosidl_generator_py.generate_py_impl'] = None  # type: ignore[assignment]
