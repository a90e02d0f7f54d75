"""Reachy Mini as a ROS 2 system: simulated or real, behind the same topics."""

__version__ = '0.1.0'
