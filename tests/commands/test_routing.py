"""Whose a finding is: who is asked first, and what happens where an answer names nobody."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.codeowners import parse
from commands.people import Organisation, Team
from commands.routes import RouteRule, Routing
from commands.routing import UnknownOwner, candidates, owner_of, place, unknown_owners
from scanners.errors import ConfigError
from scanners.model import Resource, Target
from tests.commands.office import Office
from tests.storage.world import verdict

TEAMS = ("said", "tagged", "ruled", "coded", "target", "default", "payments")
SHOP = Target("shop", "repository", "target")
ROUTING = Routing(
    ("team", "owner"),
    (RouteRule("arn:aws:s3:::data-*", "ruled"), RouteRule("ruled/*", "ruled"), RouteRule("ruled/x", "coded")),
    "default",
    {"shop": parse("* @acme/nobody\n/src/ @acme/coded\n/src/none/\n/src/two @x @acme/pay @acme/coded")},
)
ORGANISATION = Organisation(
    tuple(Team(name, f"C0{at}", aliases=("pay", "Team Pay") if name == "payments" else ()) for at, name in enumerate(TEAMS)),
    (SHOP,),
    routing=ROUTING,
)  # fmt: skip


def _bucket(name: str = "logs", /, **tags: str) -> Resource:
    return Resource("AWS::S3::Bucket", f"arn:aws:s3:::{name}", name, tags=tags)


def _file(path: str, **tags: str) -> Resource:
    return Resource("lockfile", f"shop/{path}", path, tags=tags)


def test_the_first_that_answers_owns_it() -> None:
    """Each answer is taken away in turn, and the next one counts."""
    resource, said = _file("ruled/x", team="tagged"), {"shop/ruled/x": "said"}
    assert owner_of(ORGANISATION, SHOP, resource, said) == "said"
    assert owner_of(ORGANISATION, SHOP, resource, {}) == "tagged"
    assert owner_of(ORGANISATION, SHOP, _file("ruled/x")) == "ruled"
    assert owner_of(ORGANISATION, SHOP, _file("src/x")) == "coded"
    assert owner_of(ORGANISATION, SHOP, _file("else")) == "target"
    assert owner_of(ORGANISATION, replace(SHOP, owner=""), _file("else")) == "default"
    without = replace(ORGANISATION, routing=Routing())
    assert owner_of(without, replace(SHOP, owner=""), _file("else")) == ""


def test_what_people_said_counts_for_that_resource_alone_and_while_the_team_is_there() -> None:
    said = {"arn:aws:s3:::logs": "said", "arn:aws:s3:::old": "disbanded", "arn:aws:s3:::empty": ""}
    assert owner_of(ORGANISATION, SHOP, _bucket("logs"), said) == "said"
    assert owner_of(ORGANISATION, SHOP, _bucket("logs2"), said) == "target"
    assert owner_of(ORGANISATION, SHOP, _bucket("old"), said) == "target"
    assert (
        owner_of(ORGANISATION, SHOP, _bucket("empty", team="tagged"), said) == ""
    )  # every team said "not mine"
    assert owner_of(ORGANISATION, SHOP, _bucket("\ud800"), {"arn:aws:s3:::\\ud800": "said"}) == "said"


def test_all_candidates_come_in_order_and_once() -> None:
    tagged = _file("src/two", team="pay", owner="tagged")
    assert candidates(ORGANISATION, SHOP, tagged) == ("payments", "tagged", "coded", "target", "default")
    assert candidates(ORGANISATION, None, _bucket("data-x")) == ("ruled", "default")
    assert candidates(replace(ORGANISATION, routing=Routing()), None, _bucket()) == ()


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"team": "tagged"}, "tagged"),
        ({"TEAM": " Tagged "}, "tagged"),
        ({"Owner": "PAY"}, "payments"),
        ({"owner": "team pay"}, "payments"),
        ({"owner": "payments", "team": "tagged"}, "tagged"),  # in the order of the configured keys
        ({"owner": "payments", "team": "disbanded"}, "payments"),  # a tag that names no team is passed over
        ({"team": "disbanded", "Team": "payments"}, "payments"),
        ({"team": "disbanded"}, "target"),
        ({"team": ""}, "target"),
        ({"teams": "tagged", "": "tagged"}, "target"),
        ({"tagged": "team"}, "target"),
    ],
)
def test_a_tag_names_a_team_or_an_alias_whatever_the_case(tags: dict[str, str], owner: str) -> None:
    assert owner_of(ORGANISATION, SHOP, _bucket(**tags)) == owner


def test_tags_say_nothing_where_no_key_is_configured() -> None:
    silent = replace(ORGANISATION, routing=Routing())
    assert owner_of(silent, SHOP, _bucket(team="tagged")) == "target"


@pytest.mark.parametrize(
    ("resource", "owner"),
    [
        (_bucket("data-lake"), "ruled"),
        (_bucket("data-"), "ruled"),
        (_bucket("my-data-lake"), "target"),
        (_bucket("DATA-lake"), "target"),
        (_file("ruled/a/b/c"), "ruled"),
        (_file("/ruled/a"), "ruled"),
        (_file("./ruled/a"), "ruled"),
        (_file("not/ruled/a"), "target"),
        (_bucket("src/x"), "target"),  # CODEOWNERS speaks of paths, and an ARN is none
    ],
)
def test_rules_are_held_against_the_arn_or_the_path(resource: Resource, owner: str) -> None:
    assert owner_of(ORGANISATION, SHOP, resource) == owner


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("src/a/b.py", "coded"),
        ("src/two", "payments"),  # the first of its owners that is a team here
        ("src/none/x", "target"),  # a line without owners: nobody is its owner, and no earlier line speaks
        ("other", "target"),  # its owner is no team here
    ],
)
def test_the_last_line_of_codeowners_that_matches_wins(path: str, owner: str) -> None:
    assert owner_of(ORGANISATION, SHOP, _file(path)) == owner
    assert owner_of(ORGANISATION, replace(SHOP, name="other"), _file(path)) == "target"


def test_codeowners_say_nothing_of_an_arn() -> None:
    everything = replace(ORGANISATION, routing=Routing(codeowners={"shop": parse("* @coded")}))
    assert owner_of(everything, SHOP, _file("x")) == "coded"
    assert owner_of(everything, SHOP, _bucket("x")) == "target"


def test_a_whole_name_of_codeowners_goes_before_its_last_part() -> None:
    teams = (Team("pay", "C1"), Team("money", "C2", aliases=("acme/pay",)))
    routing = Routing(codeowners={"shop": parse("a @acme/pay\nb @other/pay\nc dev@pay.example @pay")})
    organisation = Organisation(teams, routing=routing)
    assert [owner_of(organisation, SHOP, _file(path)) for path in "abc"] == ["money", "pay", "pay"]


# -- CODEOWNERS (the cases are of GitHub's own example and of gitignore's manual)

GITHUB = """
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
deep/**/leaf @deep
all/** @all
sp\\ ace @space
qu?rk @quirk
[Rr]eadme @never-a-section-line
x[0-9].y @digits
z[!0-9].y @letters
\\#hash @hash
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("x", "@global-owner1 @global-owner2"), ("a/b.js", "@js-owner"), ("/a/b.js", "@js-owner"), ("b.jsx", "@global-owner1 @global-owner2"),
        ("a/b.go", "docs@example.com"), ("build/logs/x", "@octocat"), ("a/build/logs", "@octocat"), ("docs/x.md", "@doctocat"),
        ("a/docs/x.md", "@global-owner1 @global-owner2"), ("docs/a/b.md", "@doctocat"), ("scripts/x", "@doctocat @octocat"),
        ("a/b/logs/c", "@octocat"), ("apps/x", "@octocat"), ("apps/github", ""), ("apps/github/x", ""), ("apps/github2", "@octocat"),
        ("deep/leaf", "@deep"), ("deep/a/b/leaf", "@deep"), ("deepleaf", "@global-owner1 @global-owner2"), ("all/a/b", "@all"),
        ("sp ace", "@space"), ("a/quark/b", "@quirk"), ("qurk", "@global-owner1 @global-owner2"), ("x1.y", "@digits"), ("z1.y", "@global-owner1 @global-owner2"),
        ("za.y", "@letters"), ("#hash", "@hash"), ("a\nb.js", "@js-owner"),
    ],
)  # fmt: skip
def test_codeowners_are_read_as_github_reads_them(path: str, owners: str) -> None:
    assert " ".join(parse(GITHUB).owners(path)) == owners


def test_a_section_of_gitlab_lends_its_owners_to_lines_without() -> None:
    file = parse("[Docs][2] @docs\n/docs/\n/docs/api @api\n^[Optional]\n/free/\n")
    assert [file.owners(path) for path in ("docs/x", "docs/api", "free/x")] == [("@docs",), ("@api",), ()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a @b\nx[ @c", "line 2: a [ in the pattern is never closed"),
        ("x[] @c", "line 1: a [ in the pattern is never closed"),
        ("x[z-a] @c", "line 1: bad character range"),
        ("!x @c", "line 1: a pattern that begins with ! means nothing"),
    ],
)
def test_a_pattern_that_cannot_be_understood_names_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(told)


@given(st.text("ab*?/[]!\\# @\n", max_size=30), st.text("ab/", max_size=10))
def test_whatever_codeowners_hold_is_read_or_told(text: str, path: str) -> None:
    try:
        file = parse(text)
    except ConfigError as error:
        assert str(error).startswith("line ")
    else:
        assert set(file.owners(path)) <= set(text.split())


# -- what always holds

_names = st.sampled_from([*TEAMS, "PAY", "nobody", ""])


@given(
    st.dictionaries(st.sampled_from(["team", "Team", "OWNER", "name"]), _names),
    st.sampled_from(["data-x", "logs", "é\ud800", "<!channel>"]),
    st.dictionaries(st.sampled_from(["arn:aws:s3:::logs", "arn:aws:s3:::data-x"]), _names),
)
def test_an_owner_is_always_a_team_that_is_configured(
    tags: dict[str, str], name: str, remembered: dict[str, str]
) -> None:
    owner = owner_of(ORGANISATION, SHOP, _bucket(name, **tags), remembered)
    assert owner in (*TEAMS, "") and (owner or "" in remembered.values())
    assert owner == owner_of(ORGANISATION, SHOP, _bucket(name, **dict(reversed(tags.items()))), remembered)


def test_tags_that_name_no_team_are_counted_once_a_resource() -> None:
    resources = [
        _bucket("a", team="disbanded"), _bucket("a", team="disbanded"), _bucket("b", team="disbanded"),
        _bucket("c", Owner="who?"), _bucket("d", team="pay", name="x"), _bucket("e", team=" "), _bucket("f"),
    ]  # fmt: skip
    assert unknown_owners(ORGANISATION, resources) == (
        UnknownOwner("team", "disbanded", 2, "arn:aws:s3:::a"),
        UnknownOwner("Owner", "who?", 1, "arn:aws:s3:::c"),
    )


def test_a_path_is_that_of_the_repository() -> None:
    assert place(_file("./a/b")) == place(_file("/a/b")) == "a/b"
    assert place(_bucket("x")) == "arn:aws:s3:::x"


def test_a_large_scan_is_routed_in_no_time() -> None:
    """20,000 verdicts of 300 tags and 40 rules. The bound is ten times what it takes."""
    rules = tuple(RouteRule(f"arn:aws:s3:::{at}-*", "ruled") for at in range(40))
    organisation = replace(ORGANISATION, routing=replace(ROUTING, rules=rules))
    resources = [_bucket(f"b{at}", Name="x", env="prod", team=f"none{at}") for at in range(300)]
    began = time.process_time()
    for at in range(20_000):
        owner_of(organisation, SHOP, resources[at % 300], {})
    assert time.process_time() - began < 2.0


def test_a_scan_opens_findings_at_the_team_of_their_tags(office: Office) -> None:
    office.organisation = replace(office.organisation, routing=Routing(("team",)))
    seen = verdict("a")
    office.see(replace(seen, resource=replace(seen.resource, tags={"Team": "WEB"})))
    assert office.finding().team == "web"
    assert [post.channel for post in office.posts("scan")] == ["C0WEB"]


def test_tags_that_a_scan_could_not_read_take_a_finding_away_from_nobody(office: Office) -> None:
    office.organisation = replace(office.organisation, routing=Routing(("team",)))
    seen = verdict("a")
    office.see(replace(seen, resource=replace(seen.resource, tags={"team": "web"})))
    office.later(hours=1)
    office.see(replace(seen, resource=replace(seen.resource, tags_unread=True)))
    assert (office.finding().team, office.finding().tags) == ("web", {"team": "web"})
    office.later(hours=1)
    office.see(seen)
    assert (office.finding().team, office.finding().tags) == ("payments", {})
