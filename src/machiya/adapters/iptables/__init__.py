"""The kernel's packet filter, through iptables."""
