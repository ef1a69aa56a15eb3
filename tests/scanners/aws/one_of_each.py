"""One resource of every kind that a dataset reads one by one, so that each of its calls is made."""

import io
import json
import zipfile
from typing import Any

from tests.scanners.aws.fresh import Fresh


def build(aws: Fresh) -> None:
    """Into an account of its own, in us-east-1."""
    _storage(aws)
    _person(aws)
    aws.client("sns").create_topic(Name="one")
    aws.client("sqs").create_queue(QueueName="one")
    aws.client("secretsmanager").create_secret(Name="one", SecretString="s")
    aws.client("ecr").create_repository(repositoryName="one")
    aws.client("dynamodb").create_table(
        TableName="one", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    aws.client("efs").create_file_system(CreationToken="one")
    aws.client("logs").create_log_group(logGroupName="one")
    aws.client("guardduty").create_detector(Enable=True)
    aws.client("config").put_configuration_recorder(ConfigurationRecorder={"name": "one", "roleARN": "r"})
    _function(aws)
    _network(aws)
    _trail(aws)


def _function(aws: Fresh) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("one.py", "")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="one", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    aws.client("lambda").create_function(
        FunctionName="one",
        Runtime="python3.12",
        Role=role,
        Handler="one.f",
        Code={"ZipFile": code.getvalue()},
    )


def _network(aws: Fresh) -> None:
    ec2: Any = aws.client("ec2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    balancer = aws.client("elbv2").create_load_balancer(Name="one", Subnets=subnets)["LoadBalancers"][0]
    aws.client("elbv2").create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )  # fmt: skip
    aws.client("eks").create_cluster(
        name="one", roleArn="arn:aws:iam::123456789012:role/one", resourcesVpcConfig={"subnetIds": subnets}
    )
    ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={"InstanceType": "t3.micro"})


def _storage(aws: Fresh) -> None:
    aws.client("s3").create_bucket(Bucket="one-of-each")
    aws.client("kms").create_key()
    ec2 = aws.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume)
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="one", Engine="postgres", DBInstanceClass="db.t3.small", AllocatedStorage=20,
        MasterUsername="one", MasterUserPassword="only-in-the-sandbox",
    )  # fmt: skip
    aws.client("rds").create_db_snapshot(DBInstanceIdentifier="one", DBSnapshotIdentifier="one")


def _person(aws: Fresh) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="one")
    iam.create_access_key(UserName="one")
    iam.create_login_profile(UserName="one", Password="correct horse battery 9!")
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    )
    iam.put_user_policy(UserName="one", PolicyName="one", PolicyDocument=everything)
    made = iam.create_policy(PolicyName="one", PolicyDocument=everything)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="one", PolicyArn=made)


def _trail(aws: Fresh) -> None:
    """The whole chain, so that each of its lists is read."""
    aws.client("logs").create_log_group(logGroupName="trail")
    aws.client("cloudtrail").create_trail(
        Name="one", S3BucketName="one-of-each", IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{aws.number}:log-group:trail:*",
    )  # fmt: skip
    aws.client("cloudtrail").start_logging(Name="one")
    aws.client("logs").put_metric_filter(
        logGroupName="trail", filterName="one", filterPattern="",
        metricTransformations=[{"metricName": "One", "metricNamespace": "One", "metricValue": "1"}],
    )  # fmt: skip
