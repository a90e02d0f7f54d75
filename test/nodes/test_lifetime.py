"""What a node keeps of what it has destroyed."""

from __future__ import annotations

import gc

from std_msgs.msg import Empty

from bbia_sim_ros.nodes.lifetime import forget_destroyed
from support.domains import reserved_domain
from support.ros import probe


def test_a_node_forgets_the_entities_that_it_destroyed() -> None:
    with reserved_domain(), probe() as made:
        node = made.node

        def make_and_destroy() -> None:
            node.destroy_subscription(node.create_subscription(Empty, 'gone', print, 1))

        kept = node.create_subscription(Empty, 'kept', print, 1)
        entities = node.default_callback_group.entities
        gc.collect()
        forget_destroyed(node)
        before = len(entities)
        for _ in range(10):
            make_and_destroy()
        gc.collect()
        assert len(entities) >= before + 10
        forget_destroyed(node)
        assert len(entities) == before
        assert node.default_callback_group.has_entity(kept)
