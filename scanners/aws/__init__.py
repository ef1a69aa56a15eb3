"""AWS: what to fetch (datasets), how (api, collector), and what it means (policy, net)."""
