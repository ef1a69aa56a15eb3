"""A Slack workspace and an AWS account on loopback, for the demo and the tests."""
