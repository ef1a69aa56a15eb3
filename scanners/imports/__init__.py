"""Reads what other scanners reported: OCSF, ASFF and SARIF files into verdicts of a scanner of their own."""
