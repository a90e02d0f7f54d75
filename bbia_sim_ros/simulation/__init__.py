"""The simulated robot: assets, MuJoCo model, physics, pacing and head camera. No ROS here."""
