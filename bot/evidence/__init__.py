"""The archive that `patrol audit export` hands to an auditor, and the verifier that travels in it."""
