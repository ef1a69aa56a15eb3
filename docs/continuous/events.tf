# What changes in this account, for Patrol. One queue in the home region; every other region and account sends there.
# Apply it once with a provider for each region (and account). `events_queue` in patrol.toml is the output `queue_url`.

variable "home_region" {
  description = "The region of the queue, such as eu-west-1."
  type        = string
}

variable "home_account" {
  description = "The account of the queue, with several accounts. Empty for this one."
  type        = string
  default     = ""
}

variable "organization_id" {
  description = "With several accounts, the organisation (o-...) whose accounts may send to the home account."
  type        = string
  default     = ""
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  account = data.aws_caller_identity.here.account_id
  target  = var.home_account == "" ? local.account : var.home_account
  home    = data.aws_region.here.id == var.home_region && local.account == local.target
  bus     = "arn:${data.aws_partition.here.partition}:events:${var.home_region}:${local.target}:event-bus/default"
  rules = {
    calls = {
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        managementEvent = [true]
        errorCode       = [{ exists = false }]
        eventSource = [
          "access-analyzer.amazonaws.com",
          "account.amazonaws.com",
          "cloudtrail.amazonaws.com",
          "config.amazonaws.com",
          "dynamodb.amazonaws.com",
          "ec2.amazonaws.com",
          "ecr.amazonaws.com",
          "eks.amazonaws.com",
          "elasticfilesystem.amazonaws.com",
          "elasticloadbalancing.amazonaws.com",
          "guardduty.amazonaws.com",
          "iam.amazonaws.com",
          "kms.amazonaws.com",
          "lambda.amazonaws.com",
          "logs.amazonaws.com",
          "monitoring.amazonaws.com",
          "rds.amazonaws.com",
          "s3.amazonaws.com",
          "secretsmanager.amazonaws.com",
          "securityhub.amazonaws.com",
          "sns.amazonaws.com",
          "sqs.amazonaws.com",
        ]
        # Many a second where there are many functions or images, and none of them changes anything that is checked.
        eventName = [{
          anything-but = ["CreateLogStream", "PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"]
        }]
      }
    }
    happenings = {
      source = ["aws.autoscaling", "aws.ec2", "aws.rds"]
      detail-type = [
        "EBS Volume Notification",
        "EC2 Instance Launch Successful",
        "EC2 Instance State-change Notification",
        "EC2 Instance Terminate Successful",
        "RDS DB Cluster Snapshot Event",
        "RDS DB Instance Event",
        "RDS DB Snapshot Event",
      ]
    }
  }
}

resource "aws_cloudwatch_event_rule" "patrol" {
  for_each      = toset(["calls", "happenings"])
  name          = "patrol-${each.key}"
  event_pattern = jsonencode(local.rules[each.key])
}

resource "aws_cloudwatch_event_target" "patrol" {
  for_each = aws_cloudwatch_event_rule.patrol
  rule     = each.value.name
  arn      = local.home ? aws_sqs_queue.events[0].arn : local.bus
  role_arn = local.home ? null : aws_iam_role.sender[0].arn
}

resource "aws_sqs_queue" "events" {
  count                      = local.home ? 1 : 0
  name                       = "patrol-events"
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 3600 # what is older the next scan sees anyway
  visibility_timeout_seconds = 60
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[0].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  count                     = local.home ? 1 : 0
  name                      = "patrol-events-dead"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_policy" "events" {
  count     = local.home ? 1 : 0
  queue_url = aws_sqs_queue.events[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "EventsOfOurRulesAlone"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.events[0].arn
        Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.patrol : rule.arn] } }
      },
      {
        Sid       = "NothingWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.events[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_event_permission" "organization" {
  count        = local.home && var.organization_id != "" ? 1 : 0
  principal    = "*"
  statement_id = "PatrolEventsOfOurOrganization"

  condition {
    key   = "aws:PrincipalOrgID"
    type  = "StringEquals"
    value = var.organization_id
  }
}

resource "aws_iam_role" "sender" {
  count       = local.home ? 0 : 1
  name_prefix = "patrol-events-"
  description = "Sends events to the region of Patrol's queue"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "sender" {
  count = local.home ? 0 : 1
  name  = "send-home"
  role  = aws_iam_role.sender[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = local.bus }]
  })
}

output "queue_url" {
  value = local.home ? aws_sqs_queue.events[0].url : null
}
