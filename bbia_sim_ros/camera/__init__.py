"""Cameras: sources of pictures, their calibration, and the process that reads them. No ROS."""
