"""The command line `./bbia`: sets the project up without a ROS install, and runs it.

Contract: standard library only, Python 3.10 or newer, since it runs before anything is installed.
Nothing here imports rclpy, numpy or any other part of the project but `bbia_sim_ros.stack`.
One verb is one file under `verbs/`; one setup step is one `steps.Step`, listed in `plan.py`.
"""
