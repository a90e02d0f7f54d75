"""Reachy Mini as pure numbers: names, kinematics, workspace and the safety gate (numpy only)."""
