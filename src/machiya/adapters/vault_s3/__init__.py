"""A bucket with Object Lock as a vault, through boto3; any endpoint that keeps S3's promises."""
