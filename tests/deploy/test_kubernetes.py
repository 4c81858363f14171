"""The Kubernetes manifests: valid by the API's own schemas, and as little may go wrong as can be."""

from typing import Any

import kubernetes_validate
import pytest

import bot
from bot.settings import Settings
from tests.deploy.files import document, documents, pod

VERSIONS = ("1.30", kubernetes_validate.latest_version())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("each", documents(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_kubernetes_would_take_every_object(each: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(each, version, strict=True)


def test_a_word_that_kubernetes_does_not_know_is_found() -> None:
    wrong = document("Deployment")
    wrong["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[1], strict=True)


@pytest.mark.parametrize(("kind", "name"), [("Deployment", "vi-bot"), ("Job", "vi-bot-migrate")])
def test_a_pod_has_no_rights_that_it_does_not_use(kind: str, name: str) -> None:
    specification = pod(kind, name)
    (container,) = specification["containers"]
    assert specification["securityContext"]["runAsNonRoot"]
    assert specification["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert specification["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"] == f"vi-ops-bot:{bot.__version__}"


def test_the_bot_is_asked_for_its_health_and_has_time_to_end() -> None:
    specification = pod("Deployment")
    (container,) = specification["containers"]
    paths = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    deadline = Settings.model_fields["shutdown_seconds"].default
    assert specification["terminationGracePeriodSeconds"] >= deadline + 10


def test_all_processes_together_open_no_more_connections_than_slack_allows() -> None:
    deployment = document("Deployment")
    processes = deployment["spec"]["replicas"] + deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    assert processes * int(document("ConfigMap")["data"]["VI_BOT_SLACK_CONNECTIONS"]) <= 10


def test_one_process_stays_while_machines_are_emptied_and_images_exchanged() -> None:
    assert document("PodDisruptionBudget")["spec"]["minAvailable"] < document("Deployment")["spec"]["replicas"]
    assert document("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_everything_that_selects_pods_selects_the_bot_s() -> None:
    labels = document("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        document("Deployment")["spec"]["selector"]["matchLabels"],
        document("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        document("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        document("NetworkPolicy", "vi-bot-slack")["spec"]["podSelector"]["matchLabels"],
        document("Service")["spec"]["selector"],
    ]
    assert all(each.items() <= labels for each in selectors)


def test_the_owner_s_password_is_in_no_pod_of_the_bot() -> None:
    assert "owner" not in str(pod("Deployment"))
    assert set(document("Secret", "vi-bot")["stringData"]).isdisjoint(document("Secret", "vi-bot-owner")["stringData"])
