"""Dynamics of our robot model, where it differs from the official MJCF, and why.

The comparison that `bench/physics.py` prints, and the reasons, are in docs/simulation.md.
"""

from __future__ import annotations

from typing import Final

# The official ball joints have damping 0.15 and dry friction 0.1 N m: that alone makes a 10 degree
# nod take 0.9 s. Real ball links turn freely; what is left here keeps the idle spin of the rods
# about their own axes from ringing.
BALL_DAMPING_NMS_PER_RAD: Final = 0.002
BALL_FRICTION_NM: Final = 0.0
BALL_ARMATURE_KG_M2: Final = 0.0002

# Dynamixel XL330-M288-T at 5 V, after its maker's data sheet: stall torque 0.52 N m, no-load speed
# 103 rpm. The back-EMF of such a motor acts as damping: stall torque over no-load speed.
TORQUE_LIMIT_NM: Final = 0.52
NO_LOAD_SPEED_RAD_PER_S: Final = 10.8
JOINT_DAMPING_NMS_PER_RAD: Final = round(TORQUE_LIMIT_NM / NO_LOAD_SPEED_RAD_PER_S, 3)
JOINT_FRICTION_NM: Final = 0.01
# A light rotor seen through a gear of 288:1; the official model has half of it.
JOINT_ARMATURE_KG_M2: Final = 0.002

# Position gain: the smallest round number that keeps the sag under the head's weight below half a
# degree in the whole workspace, its edges included. Velocity gain: near critical damping.
POSITION_GAIN_NM_PER_RAD: Final = 150.0
VELOCITY_GAIN_NMS_PER_RAD: Final = 2.0

# An actuator group of its own, so that switching the motors off touches no actuator of a user.
ACTUATOR_GROUP: Final = 30

TIMESTEP_S: Final = 0.002
