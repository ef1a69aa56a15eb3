"""The guards of imports, as `mutants` tells them: what another tool's file may not do."""

IMPORTS, TOLD = "commands/imports.py", "commands/tool_evidence.py"
TESTS = "commands/test_imports.py"

IMPORT_MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    (IMPORTS, "if newest is not None and newest > report.scan.started:", "if False:", f"{TESTS} an_older_file_arriving_late"),
    (IMPORTS, "if len(missing) > max(1, MOST_UNMENTIONED * len(failing)):", "if False:", f"{TESTS} a_run_of_a_few_checks"),
    (IMPORTS, "if target != report.scan.target:", "if False:", f"{TESTS} a_scope_belongs_to_one_target"),
    (IMPORTS, 'organisation.require(actor, Role.SECURITY, "", "import", Role.ADMIN)', "pass", f"{TESTS} a_member_may_not_import"),
    (IMPORTS, 'organisation.require(actor, Role.LEAD, home.owner, "import", Role.SECURITY, Role.ADMIN)', "pass",
     f"{TESTS} a_member_may_not_import"),
    (TOLD, "if since is None or at >= since:", "if True:", f"{TESTS} a_claim_stays_until"),
    ("commands/decide.py", "is_manual(finding) or is_imported(finding):", "is_manual(finding):",
     f"{TESTS} a_claim_stays_until"),
    ("storage/scans.py", 'if found is None and "/" in control:', "if False:", f"{TESTS} a_pass_closes_at_once"),
    ("storage/staged.py", 'if "/" not in control)', ")", f"{TESTS} imported_checks_are_not_staged"),
    ("storage/evidence.py", '_AGE.sub("", value) if', "value if", f"{TESTS} a_number_of_days"),
    ("storage/evidence.py", "or key in _MOVING", "", f"{TESTS} a_result_of_code_that_moved"),
)  # fmt: skip
