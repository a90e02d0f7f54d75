"""The ROS shell: one file per node, which declares parameters and wires topics to the pure core."""
