#!/usr/bin/env python3
"""The check tells each way in which a message can differ from the official one."""

import copy
import unittest
from dataclasses import replace

from check_descriptors import faults_of
from descriptors import Facts, ours

CLUSTER = "envoy.config.cluster.v3.Cluster"
STREAM = "envoy.service.discovery.v3.AggregatedDiscoveryService.StreamAggregatedResources"


class CheckDescriptors(unittest.TestCase):
    mine: Facts

    @classmethod
    def setUpClass(cls) -> None:
        cls.mine = ours()

    def setUp(self) -> None:
        self.theirs = copy.deepcopy(self.mine)

    def change(self, name: str, **aspects) -> None:
        fields = self.theirs.messages[CLUSTER]
        fields[name] = replace(fields[name], **aspects)

    def assert_one_fault(self, *words: str) -> None:
        faults = faults_of(self.mine, self.theirs)
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])

    def test_accepts_what_is_equal(self) -> None:
        self.assertEqual(faults_of(self.mine, self.theirs), [])

    def test_accepts_what_ours_leaves_out(self) -> None:
        self.theirs.messages[CLUSTER]["beyond"] = self.mine.messages[CLUSTER]["name"]
        self.theirs.messages["envoy.Beyond"] = {}
        self.assertEqual(faults_of(self.mine, self.theirs), [])

    def test_names_a_wrong_number(self) -> None:
        self.change("connect_timeout", number=77)
        self.assert_one_fault(f"{CLUSTER}.connect_timeout", "number is 4, officially 77")

    def test_names_a_wrong_type(self) -> None:
        self.change("name", type="bytes")
        self.assert_one_fault(f"{CLUSTER}.name", "type is string, officially bytes")

    def test_names_a_wrong_label(self) -> None:
        self.change("name", label="repeated")
        self.assert_one_fault(f"{CLUSTER}.name", "label is singular, officially repeated")

    def test_names_a_wrong_oneof(self) -> None:
        self.change("type", oneof="")
        self.assert_one_fault("oneof is cluster_discovery_type, officially none")

    def test_names_a_field_that_does_not_exist(self) -> None:
        del self.theirs.messages[CLUSTER]["metadata"]
        self.assert_one_fault(f"{CLUSTER}.metadata: no such official field")

    def test_names_a_message_that_does_not_exist(self) -> None:
        del self.theirs.messages[CLUSTER]
        self.assert_one_fault(f"{CLUSTER}: no such official message")

    def test_names_a_wrong_enum_value(self) -> None:
        self.theirs.enums[f"{CLUSTER}.LbPolicy"]["MAGLEV"] = 9
        self.assert_one_fault("LbPolicy.MAGLEV: number is 5, officially 9")

    def test_names_a_wrong_method(self) -> None:
        request, response, _, _ = self.theirs.methods[STREAM]
        self.theirs.methods[STREAM] = (request, response, False, True)
        self.assert_one_fault(STREAM)

    def test_names_a_wrong_file(self) -> None:
        self.theirs.files[CLUSTER] = "envoy/cluster.proto"
        self.assert_one_fault("officially in envoy/cluster.proto")


if __name__ == "__main__":
    unittest.main()
