"""Reading a store with boto3, a client that is not ours."""

import boto3
from botocore.client import Config


def s3(store):
    """A boto3 client of a Moto, Rclone or DevStore."""
    return boto3.client(
        "s3", endpoint_url=store.url, aws_access_key_id=store.access_key, aws_secret_access_key=store.secret_key,
        region_name=store.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1},
                      proxies={}, connect_timeout=10, read_timeout=60, max_pool_connections=8))


def listing(client, bucket, prefix=""):
    """Key -> size of all objects of a bucket."""
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            assert entry["Key"] not in found, f"{entry['Key']!r} is listed twice"
            found[entry["Key"]] = entry["Size"]
    return found


def read(client, bucket, key):
    return client.get_object(Bucket=bucket, Key=key)["Body"].read()


def open_uploads(client, bucket):
    return [entry["Key"] for entry in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def assert_same_tree(client, bucket, expected, prefix=""):
    """`expected`: key -> bytes, or a Path whose bytes are compared; nothing else may be below the prefix."""
    found = listing(client, bucket, prefix)
    missing, extra = set(expected) - set(found), set(found) - set(expected)
    assert not missing and not extra, f"missing {sorted(missing)[:10]}, too much {sorted(extra)[:10]}"
    for key, content in expected.items():
        if isinstance(content, bytes):
            assert read(client, bucket, key) == content, f"the bytes of {key!r} differ"
        else:
            assert_same_file(client, bucket, key, content)


def assert_same_file(client, bucket, key, path):
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    with open(path, "rb") as file:
        while True:
            want = file.read(1 << 20)
            have = body.read(1 << 20) if want else body.read(1)
            assert want == have, f"the bytes of {key!r} differ at {file.tell()}"
            if not want:
                return
