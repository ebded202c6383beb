# An Auto Scaling group whose nodes share one crontab, and the ElastiCache that elects one of them.
# The nodes are set up by user-data.yaml beside this file.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws    = { source = "hashicorp/aws", version = ">= 5.0" }
    random = { source = "hashicorp/random", version = ">= 3.0" }
  }
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  description = "Private subnets in at least two availability zones."
  type        = list(string)
}

data "aws_region" "current" {}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

# The fleet. It needs no way in, and Redis lets in nobody else.

resource "aws_security_group" "node" {
  name_prefix = "app-node-"
  vpc_id      = var.vpc_id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "redis" {
  name_prefix = "redlock-run-redis-"
  vpc_id      = var.vpc_id

  ingress {
    from_port       = 6379
    to_port         = 6379
    protocol        = "tcp"
    security_groups = [aws_security_group.node.id]
  }
}

resource "aws_launch_template" "node" {
  name_prefix            = "app-node-"
  image_id               = data.aws_ssm_parameter.image.value
  instance_type          = "t3.small"
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.node.id]

  user_data = base64encode(templatefile("${path.module}/user-data.yaml", {
    region     = data.aws_region.current.id
    secret_id  = aws_secretsmanager_secret.redis.arn
    redis_host = aws_elasticache_replication_group.redis.primary_endpoint_address
  }))

  iam_instance_profile {
    name = aws_iam_instance_profile.node.name
  }

  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_autoscaling_group" "nodes" {
  name_prefix         = "app-"
  min_size            = 2
  max_size            = 10
  vpc_zone_identifier = var.subnet_ids

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
  }
}

# Redis: two nodes in two zones, TLS, a password.

resource "aws_elasticache_parameter_group" "redis" {
  name   = "redlock-run"
  family = "redis7"

  # The default, volatile-lru, evicts keys that have an expiry: claims are such keys. With noeviction a
  # full Redis refuses the claim (exit 75) instead of forgetting an older one.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_subnet_group" "redis" {
  name       = "redlock-run"
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_replication_group" "redis" {
  replication_group_id       = "redlock-run"
  description                = "Elects one node per slot"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.micro"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  auth_token                 = random_password.redis.result
  parameter_group_name       = aws_elasticache_parameter_group.redis.name
  subnet_group_name          = aws_elasticache_subnet_group.redis.name
  security_group_ids         = [aws_security_group.redis.id]
}

# The password: made here, kept in Secrets Manager, read by the nodes alone.

resource "random_password" "redis" {
  length  = 64
  special = false
}

resource "aws_secretsmanager_secret" "redis" {
  name_prefix = "redlock-run-redis-"
}

resource "aws_secretsmanager_secret_version" "redis" {
  secret_id     = aws_secretsmanager_secret.redis.id
  secret_string = random_password.redis.result
}

resource "aws_iam_role" "node" {
  name_prefix = "app-node-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "read_password" {
  name_prefix = "read-redis-password-"
  role        = aws_iam_role.node.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.redis.arn
    }]
  })
}

resource "aws_iam_instance_profile" "node" {
  name_prefix = "app-node-"
  role        = aws_iam_role.node.name
}
