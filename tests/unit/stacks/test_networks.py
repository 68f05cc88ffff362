from machiya.stacks.networks import HOSTS, SHAPES, Network, address, gateway, subnet


def test_addresses_are_fixed() -> None:
    assert subnet("10.77", Network.VPN) == "10.77.4.0/24"
    assert gateway("10.77", Network.VPN) == "10.77.4.1"
    assert address("172.20", Network.MAILSERVER, "dovecot") == "172.20.1.14"


def test_only_one_of_two_names_shares_an_address() -> None:
    shared = [name for name, host in HOSTS.items() if list(HOSTS.values()).count(host) > 1]
    assert shared == ["cloudflared", "tunnel"]  # a house has one of them


def test_only_what_must_go_out_can() -> None:
    assert [network for network, shape in SHAPES.items() if shape.masquerade] == [Network.OUTSIDE]
