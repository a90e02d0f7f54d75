"""Pinhole numbers of a rendered picture."""

from __future__ import annotations

import pytest

from bbia_sim_ros.simulation.intrinsics import from_fovy


def test_the_focal_length_follows_from_the_vertical_angle() -> None:
    # 720 / 2 / tan(40 degrees), and not the 1280 and 720 that the official software works with.
    hd = from_fovy(fovy_deg=80.0, width=1280, height=720)
    assert [hd.fx, hd.fy] == pytest.approx([429.03, 429.03], abs=0.005)
    assert [hd.cx, hd.cy] == [639.5, 359.5]
    vga = from_fovy(fovy_deg=90.0, width=640, height=480)
    assert vga.fx == pytest.approx(240.0)


def test_matrices_are_written_row_by_row() -> None:
    camera = from_fovy(fovy_deg=90.0, width=641, height=481)
    assert camera.k == pytest.approx((240.5, 0, 320, 0, 240.5, 240, 0, 0, 1))
    assert camera.p == pytest.approx((240.5, 0, 320, 0, 0, 240.5, 240, 0, 0, 0, 1, 0))
    assert camera.r == pytest.approx((1, 0, 0, 0, 1, 0, 0, 0, 1))
    assert camera.d == pytest.approx((0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ('fovy', 'width', 'height'), [(0, 1, 1), (180, 1, 1), (80, 0, 1), (80, 1, 0), (-1, 1, 1)]
)
def test_impossible_cameras_are_refused(fovy: float, width: int, height: int) -> None:
    with pytest.raises(ValueError, match=r'(fovy|picture size) must'):
        from_fovy(fovy_deg=fovy, width=width, height=height)
