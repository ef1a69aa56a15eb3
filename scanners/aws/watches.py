"""What section 4 of CIS AWS Foundations 5.0 wants an alarm for, as events that CloudTrail would write.

A filter is judged by what it matches, not by how it is spelt: it covers a watch where it matches each of these
events, whoever did it and wherever. So a broader filter counts, and one that is fenced to a user or a region does not.
"""

from collections.abc import Mapping
from typing import Any

Event = Mapping[str, Any]
_WHO: tuple[Event, ...] = (
    {
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEONE", "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLEONE", "userName": "ana",
        },
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.15.0",
        "eventID": "0b1c2d3e-0000-4000-8000-000000000001", "recipientAccountId": "111122223333",
    },
    {
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLETWO:ben",
            "arn": "arn:aws:sts::444455556666:assumed-role/deploy/ben", "accountId": "444455556666",
            "accessKeyId": "ASIAEXAMPLETWO", "sessionContext": {"attributes": {"mfaAuthenticated": "true"}},
        },
        "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.23", "userAgent": "Terraform/1.9.0",
        "eventID": "0b1c2d3e-0000-4000-8000-000000000002", "recipientAccountId": "444455556666",
    },
)  # fmt: skip
_API: Event = {"eventVersion": "1.09", "eventType": "AwsApiCall", "managementEvent": True, "readOnly": False}
_SIGN_IN: Event = {
    "eventVersion": "1.09",
    "eventType": "AwsConsoleSignIn",
    "eventSource": "signin.amazonaws.com",
}

# Watch -> where its events come from and what they are called.
CALLS: Mapping[str, tuple[str, str]] = {
    "iam_policy_changes": (
        "iam",
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy"
        " DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy"
        " DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
    ),
    "cloudtrail_changes": ("cloudtrail", "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
    "kms_key_loss": ("kms", "DisableKey ScheduleKeyDeletion"),
    "s3_policy_changes": (
        "s3",
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy"
        " DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
    ),
    "config_changes": (
        "config", "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
    ),
    "security_group_changes": (
        "ec2",
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress"
        " RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup",
    ),
    "nacl_changes": (
        "ec2",
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry"
        " ReplaceNetworkAclAssociation",
    ),
    "gateway_changes": (
        "ec2",
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway"
        " DeleteInternetGateway DetachInternetGateway",
    ),
    "route_changes": (
        "ec2",
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute"
        " DisassociateRouteTable",
    ),
    # The benchmark also names EC2-Classic's links. AWS took that network away in 2022: no such event can come.
    "vpc_changes": (
        "ec2",
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection"
        " DeleteVpcPeeringConnection RejectVpcPeeringConnection",
    ),
    "organization_changes": (
        "organizations",
        "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake"
        " DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType"
        " InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy"
        " UpdateOrganizationalUnit",
    ),
}  # fmt: skip


def _calls(source: str, names: str) -> dict[str, tuple[Event, ...]]:
    return {
        name: tuple(
            {**_API, **who, "eventSource": f"{source}.amazonaws.com", "eventName": name} for who in _WHO
        )
        for name in names.split()
    }


def _refused(code: str) -> tuple[Event, ...]:
    call = {"eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances", "readOnly": True}
    return tuple({**_API, **who, **call, "errorCode": code, "errorMessage": "not authorized"} for who in _WHO)


def _sign_in(**members: Any) -> tuple[Event, ...]:
    """By users of IAM: those who come through a directory give their second factor there."""
    users = [{**who, "userIdentity": {**_WHO[0]["userIdentity"], "userName": who["eventID"]}} for who in _WHO]
    return tuple({**_SIGN_IN, **who, "eventName": "ConsoleLogin", **members} for who in users)


def _root() -> dict[str, tuple[Event, ...]]:
    def by_root(event: Event, source: str, name: str) -> tuple[Event, ...]:
        root = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}
        made = {**event, "eventSource": source, "eventName": name}
        return tuple({**made, **who, "userIdentity": root} for who in _WHO)

    return {
        "a call by root": by_root(_API, "iam.amazonaws.com", "CreateAccessKey"),
        "a sign-in by root": by_root(_SIGN_IN, "signin.amazonaws.com", "ConsoleLogin"),
    }


# Watch -> what it must see -> the events in which it shows.
WATCHES: Mapping[str, Mapping[str, tuple[Event, ...]]] = {
    "unauthorized_calls": {
        "AccessDenied": _refused("AccessDenied"),
        "AccessDeniedException": _refused("AccessDeniedException"),
        "UnauthorizedOperation": _refused("Client.UnauthorizedOperation"),
    },
    "console_no_mfa": {
        "a sign-in without MFA": _sign_in(
            responseElements={"ConsoleLogin": "Success"}, additionalEventData={"MFAUsed": "No"}
        )
    },
    "root_use": _root(),
    "console_failures": {
        "a failed sign-in": _sign_in(
            responseElements={"ConsoleLogin": "Failure"},
            additionalEventData={"MFAUsed": "No"},
            errorMessage="Failed authentication",
        )
    },
    **{name: _calls(*called) for name, called in CALLS.items()},
}
