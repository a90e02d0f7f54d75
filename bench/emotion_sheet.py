"""A contact sheet of the emotions, each at its apex, posed by the real physics of the simulator.

    python bench/emotion_sheet.py [--out docs/emotions.png] [--moves]

``--moves`` draws the moves of config/moves instead. Needs an OpenGL for MuJoCo (EGL or OSMesa).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.choreography import Choreography
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.library import load_choreography
from bbia_sim_ros.simulation import camera
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.picture import take
from bbia_sim_ros.simulation.picture import targets_for

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 4
TILE_PX = 280
# The camera looks at the head's middle; the robot fills the tile's width.
_CROP = 0.86


def choreographies(moves: bool) -> list[Choreography]:
    """Return the emotions, or the moves of the package."""
    if moves:
        return [load_choreography(path) for path in sorted((ROOT / 'config/moves').glob('*.yaml'))]
    emotions = EmotionSet.load([ROOT / 'config/emotions.yaml'])
    return [emotions.get(name).choreography for name in emotions.names]


def tile(choreography: Choreography) -> np.ndarray:
    """Return the picture (TILE_PX, TILE_PX, 3) of one apex, BGR, with its name."""
    assets = prepare()
    body = BodyState(choreography.posture(choreography.apex))
    settings = camera.CameraSettings(
        width=2 * TILE_PX, height=2 * TILE_PX, camera=camera.STUDIO_CAMERA, shadows=True, samples=4
    )
    targets = targets_for(body.head_pose, body.body_yaw, body.antennas, assets)
    frame = take(targets, 'empty', assets, assets, settings)
    if frame.rgb is None:
        raise SystemExit('error: the camera gave no picture')
    picture = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)
    edge = round(2 * TILE_PX * (1.0 - _CROP) / 2)
    picture = picture[edge:-edge, edge:-edge]
    picture = cv2.resize(picture, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA)
    cv2.putText(
        picture,
        choreography.name,
        (10, TILE_PX - 12),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.65,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return picture


def main() -> None:
    """Render all tiles and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--out', type=Path, default=ROOT / 'docs/emotions.png')
    parser.add_argument('--moves', action='store_true', help='the moves instead of the emotions')
    options = parser.parse_args()
    tiles = [tile(choreography) for choreography in choreographies(options.moves)]
    while len(tiles) % COLUMNS:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(options.out), np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        raise SystemExit(f'error: {options.out} cannot be written')
    print(f'{options.out}: {options.out.stat().st_size / 1000:.0f} kB')


if __name__ == '__main__':
    main()
