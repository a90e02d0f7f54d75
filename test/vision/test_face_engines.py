"""Engines of the face model: what cannot be loaded, a worker process, and nothing is sent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.model_files import FACE_SHORT
from bbia_sim_ros.vision.model_files import HAND
from bbia_sim_ros.vision.model_files import bundled
from bbia_sim_ros.vision.model_files import obstacle
from support.optional import need
from support.photographs import astronaut

ANSWER_S = 60.0


def test_what_cannot_be_loaded_is_explained(make_faces: Callable[..., Any]) -> None:
    with pytest.raises(DetectorError, match='engines are mediapipe, opencv, models short, full'):
        make_faces(engine='haar')
    with pytest.raises(DetectorError, match='engines are mediapipe, opencv, models short, full'):
        make_faces(engine='opencv', model='medium')
    with pytest.raises(DetectorError, match="no reach 'wide': there are near, far"):
        make_faces(engine='opencv', reach='wide')
    with pytest.raises(DetectorError, match=r"opencv cannot run the model 'full'.*take 'short'"):
        make_faces(engine='opencv', model='full')


def test_a_damaged_or_another_network_is_explained(tmp_path: Path) -> None:
    need('mediapipe')
    from bbia_sim_ros.vision.face_opencv import OpencvFaces

    whole = bundled(FACE_SHORT).read_bytes()
    damaged = tmp_path / 'damaged.tflite'
    for content in (b'', whole[: len(whole) // 2], b'not a model' * 100):
        damaged.write_bytes(content)
        with pytest.raises(DetectorError, match='cannot be loaded as a face model'):
            OpencvFaces(min_score=0.5, path=damaged)
    with pytest.raises(DetectorError, match='cannot be loaded as a face model'):
        OpencvFaces(min_score=0.5, path=tmp_path / 'missing.tflite')
    with pytest.raises(DetectorError, match=r'has outputs of .*\(1, 896, 1\), \(1, 896, 16\)'):
        OpencvFaces(min_score=0.5, path=bundled(HAND))


def test_mediapipe_goes_on_after_a_picture_that_breaks_it() -> None:
    need('mediapipe')
    from mediapipe.python.solutions.face_detection import FaceDetection

    from bbia_sim_ros.vision.mediapipe_graph import Graph

    graph = Graph('faces', FaceDetection)
    with pytest.raises(DetectorError, match=r'cannot search this picture for faces: .*ROI width'):
        graph.process(np.zeros((0, 5, 3), np.uint8))
    assert len(graph.process(astronaut()).detections) == 1


def test_what_is_in_the_way_of_an_engine_is_told() -> None:
    need('mediapipe')
    assert (obstacle('mediapipe'), obstacle('opencv')) == ('', '')
    assert obstacle('haar') == "there is no engine 'haar'; there are mediapipe, opencv"
    with pytest.raises(DetectorError, match=r'has no face_detection/other\.tflite: install'):
        bundled('face_detection/other.tflite')


@pytest.mark.parametrize('engine', ['mediapipe', 'opencv'])
def test_it_works_in_a_worker_process(engine: str) -> None:
    need('mediapipe', 'skimage')
    pool = ModelPool(owner='tests', limits=PoolLimits())
    try:
        factory = 'bbia_sim_ros.vision.face_model:FaceModel'
        pool.add(
            ModelSpec(name='faces', engine=engine, factory=factory, options={'engine': engine})
        )
        answer = pool.request('faces', 'detect', {'image': astronaut()}, deadline_s=ANSWER_S)
        (face,) = answer.result(ANSWER_S)
        assert face.keypoints.shape == (6, 2)
        empty = {'image': np.zeros((0, 0, 3), np.uint8)}
        with pytest.raises(ModelError, match='the picture is empty: 0x0 px'):
            pool.request('faces', 'detect', empty, deadline_s=ANSWER_S).result(ANSWER_S)
    finally:
        pool.close()


SEARCH = """
import numpy
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.face_model import FaceModel
from bbia_sim_ros.vision.landmark_model import LandmarkModel
image = numpy.zeros((480, 640, 3), numpy.uint8)
for engine in ('mediapipe', 'opencv'):
    FaceModel(lambda share, stage: None, engine=engine).detect(Context(60.0), image=image)
LandmarkModel(lambda share, stage: None, pose=True).detect(Context(60.0), image=image)
"""


def test_nothing_is_sent_anywhere(tmp_path: Path) -> None:
    """Later versions of MediaPipe report how they are used."""
    need('mediapipe')
    tracer = shutil.which('strace')
    allowed = tracer is not None and not subprocess.call([tracer, '-o', os.devnull, 'true'])
    if tracer is None or not allowed:
        pytest.skip('strace, which shows what is sent, is not installed or not allowed')
    calls = tmp_path / 'calls'
    trace = [tracer, '-f', '--seccomp-bpf', '-e', 'trace=network', '-o', str(calls)]
    subprocess.run([*trace, sys.executable, '-c', SEARCH], check=True, capture_output=True)
    assert 'exited with 0' in calls.read_text(encoding='utf-8')
    assert 'AF_INET' not in calls.read_text(encoding='utf-8')
