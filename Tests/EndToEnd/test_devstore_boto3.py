"""`longshore dev-store`, judged by boto3: is it the S3 that a client which is not ours expects?"""

import base64
import hashlib
import json
import time
import unicodedata
import urllib.error
import urllib.request
import zlib

import boto3
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from harness.processes import ACCESS_KEY, REGION, SECRET_KEY, DevStore

MIB = 1 << 20
BUCKET = "judge"


def connect(store, access_key=ACCESS_KEY, secret_key=SECRET_KEY, region=REGION, **config):
    return boto3.client(
        "s3", endpoint_url=store.url, aws_access_key_id=access_key, aws_secret_access_key=secret_key,
        region_name=region, config=Config(
            signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={},
            connect_timeout=10, read_timeout=20, **config))


@pytest.fixture
def store(tmp_path):
    store = DevStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def s3(store):
    client = connect(store)
    client.create_bucket(Bucket=BUCKET)
    return client


class refused:
    """The block must be refused with this code and status."""

    def __init__(self, code, status):
        self.wanted = (code, status)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is not None, f"{self.wanted} did not come"
        if not isinstance(error, ClientError):
            return False
        told = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert told == self.wanted, f"{told} came, not {self.wanted}: {error.response['Error']}"
        return True


def put(s3, key, body=b"x", **more):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)


def read(s3, key, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def md5(data):
    return hashlib.md5(data).hexdigest()


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


class TestBuckets:
    def test_life(self, s3):
        assert [entry["Name"] for entry in s3.list_buckets()["Buckets"]] == [BUCKET]
        s3.head_bucket(Bucket=BUCKET)
        assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
        with refused("BucketAlreadyOwnedByYou", 409):
            s3.create_bucket(Bucket=BUCKET)
        put(s3, "a")
        with refused("BucketNotEmpty", 409):
            s3.delete_bucket(Bucket=BUCKET)
        s3.delete_object(Bucket=BUCKET, Key="a")
        s3.delete_bucket(Bucket=BUCKET)
        with refused("404", 404):
            s3.head_bucket(Bucket=BUCKET)

    def test_a_bucket_that_is_not_there(self, s3):
        for call in (
            lambda: s3.put_object(Bucket="nowhere", Key="a", Body=b"x"),
            lambda: s3.put_object(Bucket="nowhere", Key="a", Body=bytes(MIB)),
            lambda: s3.get_object(Bucket="nowhere", Key="a"),
            lambda: s3.list_objects_v2(Bucket="nowhere"),
            lambda: s3.create_multipart_upload(Bucket="nowhere", Key="a"),
        ):
            with refused("NoSuchBucket", 404):
                call()


class TestSignatures:
    def test_wrong_secret(self, store, s3):
        with refused("SignatureDoesNotMatch", 403):
            connect(store, secret_key="wrong").put_object(Bucket=BUCKET, Key="a", Body=b"x")

    def test_unknown_access_key(self, store, s3):
        with refused("InvalidAccessKeyId", 403):
            connect(store, access_key="AKIDNOBODY").list_buckets()

    def test_wrong_region(self, store, s3):
        """boto3 reads the right one from the refusal, and signs again."""
        connect(store, region="eu-west-1").put_object(Bucket=BUCKET, Key="a", Body=b"x")
        assert store.stats()["errors"]["AuthorizationHeaderMalformed"] >= 1
        assert read(s3, "a") == b"x"

    def test_no_signature(self, store, s3):
        put(s3, "a")
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(f"{store.url}/{BUCKET}/a", timeout=10)
        assert told.value.code == 403 and b"<Code>AccessDenied</Code>" in told.value.read()

    def test_presigned(self, s3):
        url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "a b/ü"}, ExpiresIn=60)
        with urllib.request.urlopen(urllib.request.Request(url, b"presigned", method="PUT"), timeout=10) as reply:
            assert reply.status == 200
        url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b/ü"}, ExpiresIn=60)
        with urllib.request.urlopen(url, timeout=10) as reply:
            assert reply.read() == b"presigned"
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(url.replace("a%20b", "a%20c"), timeout=10)
        assert told.value.code == 403 and b"SignatureDoesNotMatch" in told.value.read()

    def test_presigned_and_expired(self, s3):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a"}, ExpiresIn=1)
        time.sleep(2.1)
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(url, timeout=10)
        assert told.value.code == 403 and b"expired" in told.value.read()


KEYS = [
    "plain", "a b", "a+b", "100%", "%41", "a#b", "a?b", "a&b=c", "it's", "(x)*!~", "über", unicodedata.normalize("NFD", "über"),
    "日本語/ファイル", "🚢", "line\nbreak", "tab\there", "bell\x07", "a//b", "a/", "dir/./b", "dir/../b", "..", "<&>\"'",
    "k" * 1024, "é" * 512,
]


class TestObjects:
    def test_every_key_survives(self, s3, store):
        for key in KEYS:
            put(s3, key, key.encode())
        found = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        assert found == sorted(KEYS, key=lambda key: key.encode())
        for key in KEYS:
            assert read(s3, key) == key.encode(), key
            assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(key.encode())

    def test_a_key_that_is_too_long(self, s3):
        with refused("KeyTooLongError", 400):
            put(s3, "k" * 1025)

    def test_what_is_said_of_an_object_comes_back(self, s3):
        told = put(
            s3, "a", b"hello", ContentType="text/x", CacheControl="no-store", ContentDisposition="attachment",
            ContentEncoding="gzip", ContentLanguage="de", Metadata={"One": "1", "two": "zwei"}, Tagging="a=b&c=d%20e",
            StorageClass="STANDARD_IA", ServerSideEncryption="aws:kms", SSEKMSKeyId="key-1", ACL="private")
        assert told["ETag"] == f'"{md5(b"hello")}"' and told["ServerSideEncryption"] == "aws:kms"
        head = s3.head_object(Bucket=BUCKET, Key="a")
        wanted = {
            "ContentType": "text/x", "CacheControl": "no-store", "ContentDisposition": "attachment",
            "ContentEncoding": "gzip", "ContentLanguage": "de", "StorageClass": "STANDARD_IA", "ContentLength": 5,
            "Metadata": {"one": "1", "two": "zwei"}, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key-1",
            "TagCount": 2, "AcceptRanges": "bytes",
        }
        assert {name: head.get(name) for name in wanted} == wanted
        tags = s3.get_object_tagging(Bucket=BUCKET, Key="a")["TagSet"]
        assert tags == [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d e"}]
        s3.put_object_tagging(Bucket=BUCKET, Key="a", Tagging={"TagSet": [{"Key": "<&>", "Value": ""}]})
        assert s3.get_object_tagging(Bucket=BUCKET, Key="a")["TagSet"] == [{"Key": "<&>", "Value": ""}]
        assert read(s3, "a", ResponseContentType="x/y") == b"hello"

    def test_ranges_and_conditions(self, s3):
        body = bytes(range(256)) * 400
        etag = put(s3, "a", body)["ETag"]
        for text, wanted in {
            "bytes=0-9": body[:10], "bytes=100-": body[100:], "bytes=-7": body[-7:], "bytes=5-99999999": body[5:],
            "bytes=99999-99999": body[99999:100000],
        }.items():
            told = s3.get_object(Bucket=BUCKET, Key="a", Range=text)
            assert told["ResponseMetadata"]["HTTPStatusCode"] == 206 and told["Body"].read() == wanted, text
            assert told["ContentRange"].endswith(f"/{len(body)}")
        with refused("InvalidRange", 416):
            s3.get_object(Bucket=BUCKET, Key="a", Range=f"bytes={len(body)}-")
        assert read(s3, "a", IfMatch=etag) == body
        with refused("PreconditionFailed", 412):
            read(s3, "a", IfMatch='"other"')
        with refused("304", 304):
            read(s3, "a", IfNoneMatch=etag)
        with refused("PreconditionFailed", 412):
            put(s3, "a", b"new", IfNoneMatch="*")
        with refused("PreconditionFailed", 412):
            put(s3, "a", b"new", IfMatch='"other"')
        with refused("NoSuchKey", 404):
            put(s3, "b", b"new", IfMatch=etag)
        put(s3, "a", b"new", IfMatch=etag)
        assert read(s3, "a") == b"new"

    def test_deletion(self, s3):
        for index in range(5):
            put(s3, f"k{index}")
        s3.delete_object(Bucket=BUCKET, Key="k0")
        s3.delete_object(Bucket=BUCKET, Key="never was there")
        told = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k1"}, {"Key": "k2"}, {"Key": "none"}]})
        assert sorted(entry["Key"] for entry in told["Deleted"]) == ["k1", "k2", "none"]
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["k3", "k4"]
        with refused("NoSuchKey", 404):
            read(s3, "k0")
        with refused("404", 404):
            s3.head_object(Bucket=BUCKET, Key="k0")


class TestChecksums:
    def test_each_kind_is_kept_and_shown(self, s3):
        sums = {"ChecksumCRC32": crc32(b"hello"), "ChecksumCRC32C": "mnG7TA==",
                "ChecksumSHA256": base64.b64encode(hashlib.sha256(b"hello").digest()).decode()}
        for name, value in sums.items():
            put(s3, "a", b"hello", **{name: value})
            told = s3.head_object(Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")
            assert told[name] == value and told["ChecksumType"] == "FULL_OBJECT"

    def test_crc64nvme_without_one(self, store):
        plain = connect(store, request_checksum_calculation="when_required")
        plain.create_bucket(Bucket=BUCKET)
        plain.put_object(Bucket=BUCKET, Key="a", Body=b"123456789")
        told = plain.head_object(Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")
        assert told["ChecksumCRC64NVME"] == base64.b64encode(0xAE8B14860A799888.to_bytes(8, "big")).decode()

    @pytest.mark.parametrize("wrong, code", [
        ({"ChecksumCRC32": crc32(b"other")}, "BadDigest"),
        ({"ChecksumCRC32C": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumSHA256": base64.b64encode(bytes(32)).decode()}, "BadDigest"),
        ({"ContentMD5": base64.b64encode(bytes(16)).decode()}, "BadDigest"),
        ({"ContentMD5": "no digest"}, "InvalidDigest"),
        ({"ChecksumCRC32": "AAAA"}, "InvalidRequest"),
    ])
    def test_a_wrong_one_is_refused_and_nothing_is_stored(self, s3, wrong, code):
        with refused(code, 400):
            put(s3, "a", b"hello", **wrong)
        with refused("404", 404):
            s3.head_object(Bucket=BUCKET, Key="a")


class TestListing:
    def test_pages_prefixes_and_delimiters(self, s3):
        keys = [f"{folder}/{name}" for folder in ("a", "b", "ü ü") for name in ("1", "2", "3")] + ["a", "top", "z+"]
        for key in keys:
            put(s3, key)
        for version in ("list_objects_v2", "list_objects"):
            for size in (1, 2, 5, 1000):
                pages = list(s3.get_paginator(version).paginate(Bucket=BUCKET, PaginationConfig={"PageSize": size}))
                found = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
                assert found == sorted(keys, key=lambda key: key.encode()), (version, size)
                pages = list(s3.get_paginator(version).paginate(
                    Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": size}))
                folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
                names = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
                assert (folders, names) == (["a/", "b/", "ü ü/"], ["a", "top", "z+"]), (version, size)
        told = s3.list_objects_v2(Bucket=BUCKET, Prefix="b/")
        assert [entry["Key"] for entry in told["Contents"]] == ["b/1", "b/2", "b/3"] and told["KeyCount"] == 3
        told = s3.list_objects_v2(Bucket=BUCKET, StartAfter="b/2", MaxKeys=2)
        assert [entry["Key"] for entry in told["Contents"]] == ["b/3", "top"] and told["IsTruncated"]
        assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"] == 0


@pytest.fixture
def upload(s3):
    return Upload(s3)


class Upload:
    """A multipart upload and its parts."""

    def __init__(self, s3, key="large", **more):
        self.s3, self.where = s3, {"Bucket": BUCKET, "Key": key}
        self.id = s3.create_multipart_upload(**self.where, **more)["UploadId"]
        self.parts = []

    def send(self, number, body, **more):
        told = self.s3.upload_part(**self.where, UploadId=self.id, PartNumber=number, Body=body, **more)
        part = {"PartNumber": number, "ETag": told["ETag"]}
        part.update({name: value for name, value in told.items() if name.startswith("ChecksumC") or name == "ChecksumSHA256"})
        self.parts = sorted([old for old in self.parts if old["PartNumber"] != number] + [part],
                            key=lambda part: part["PartNumber"])
        return part

    def complete(self, parts=None, **more):
        return self.s3.complete_multipart_upload(
            **self.where, UploadId=self.id, MultipartUpload={"Parts": self.parts if parts is None else parts}, **more)


def block(number, size=5 * MIB):
    return bytes([number]) * size


class TestMultipart:
    def test_parts_in_any_order_some_twice(self, s3, upload):
        upload.send(3, b"end")
        upload.send(2, block(2))
        upload.send(1, block(9))
        upload.send(1, block(1))
        told = upload.complete()
        sums = [hashlib.md5(part).digest() for part in (block(1), block(2), b"end")]
        assert told["ETag"] == f'"{md5(b"".join(sums))}-3"'
        assert read(s3, "large") == block(1) + block(2) + b"end"
        for number, wanted in enumerate((block(1), block(2), b"end"), 1):
            part = s3.get_object(Bucket=BUCKET, Key="large", PartNumber=number)
            assert part["PartsCount"] == 3 and part["Body"].read() == wanted
        with refused("NoSuchUpload", 404):
            upload.complete()

    def test_boto3_s_own_transfer(self, s3, tmp_path):
        data = hashlib.shake_128(b"seed").digest(23 * MIB + 17)
        (tmp_path / "file").write_bytes(data)
        s3.upload_file(str(tmp_path / "file"), BUCKET, "file", ExtraArgs={"Metadata": {"a": "b"}})
        s3.download_file(BUCKET, "file", str(tmp_path / "back"))
        assert (tmp_path / "back").read_bytes() == data
        head = s3.head_object(Bucket=BUCKET, Key="file")
        assert head["Metadata"] == {"a": "b"} and head["ETag"].endswith('-3"')

    def test_what_complete_refuses(self, s3, upload):
        with refused("MalformedXML", 400):
            upload.complete([])
        first, second = upload.send(1, block(1)), upload.send(2, block(2, 100))
        third = upload.send(3, b"end")
        with refused("EntityTooSmall", 400):
            upload.complete()
        with refused("InvalidPartOrder", 400):
            upload.complete([third, first])
        with refused("InvalidPart", 400):
            upload.complete([first, {**second, "ETag": f'"{md5(b"")}"'}])
        with refused("InvalidPart", 400):
            upload.complete([first, {**second, "PartNumber": 4}])
        with refused("InvalidRequest", 400):
            upload.complete([first, third], MpuObjectSize=7)
        with refused("PreconditionFailed", 412):
            put(s3, "large")
            upload.complete([first, third], IfNoneMatch="*")
        upload.complete([first, third], MpuObjectSize=5 * MIB + 3)
        assert read(s3, "large") == block(1) + b"end"

    def test_part_numbers(self, s3, upload):
        for number in (0, 10_001):
            with refused("InvalidArgument", 400):
                upload.send(number, b"x")
        upload.send(10_000, b"x")
        upload.complete()
        assert read(s3, "large") == b"x"

    def test_uploads_that_are_not_there(self, s3, upload):
        s3.abort_multipart_upload(**upload.where, UploadId=upload.id)
        for call in (
            lambda: upload.send(1, b"x"), lambda: upload.send(1, bytes(MIB)), lambda: upload.complete([]),
            lambda: s3.list_parts(**upload.where, UploadId=upload.id),
            lambda: s3.abort_multipart_upload(**upload.where, UploadId=upload.id),
        ):
            with refused("NoSuchUpload", 404):
                call()

    def test_lists_have_pages(self, s3):
        uploads = [Upload(s3, key) for key in ("a", "b", "b", "d/1", "d/2")]
        for number in range(1, 8):
            uploads[0].send(number, bytes([number]))
        parts = [part for page in s3.get_paginator("list_parts").paginate(
            **uploads[0].where, UploadId=uploads[0].id, PaginationConfig={"PageSize": 3}) for part in page["Parts"]]
        assert [(part["PartNumber"], part["Size"]) for part in parts] == [(number, 1) for number in range(1, 8)]
        for size in (1, 2, 1000):
            found = [(entry["Key"], entry["UploadId"])
                     for page in s3.get_paginator("list_multipart_uploads").paginate(
                         Bucket=BUCKET, PaginationConfig={"PageSize": size}) for entry in page["Uploads"]]
            assert found == [(upload.where["Key"], upload.id) for upload in uploads], size
        told = s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="/")
        assert [entry["Prefix"] for entry in told["CommonPrefixes"]] == ["d/"] and len(told["Uploads"]) == 3

    def test_full_object_checksum(self, s3):
        upload = Upload(s3, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        upload.send(1, block(1), ChecksumAlgorithm="CRC32")
        upload.send(2, b"end", ChecksumAlgorithm="CRC32")
        whole = crc32(block(1) + b"end")
        with refused("BadDigest", 400):
            upload.complete(ChecksumCRC32=crc32(b"other"))
        assert upload.complete(ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")["ChecksumCRC32"] == whole
        assert s3.head_object(**upload.where, ChecksumMode="ENABLED")["ChecksumType"] == "FULL_OBJECT"

    def test_composite_checksum(self, s3):
        upload = Upload(s3, ChecksumAlgorithm="SHA256")
        first = upload.send(1, block(1), ChecksumAlgorithm="SHA256")
        second = upload.send(2, b"end", ChecksumAlgorithm="SHA256")
        with refused("InvalidRequest", 400):
            upload.send(3, b"x", ChecksumAlgorithm="CRC32")
        with refused("InvalidRequest", 400):
            upload.complete([{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in (first, second)])
        with refused("InvalidPartOrder", 400):
            upload.complete([second])
        digests = hashlib.sha256(block(1)).digest() + hashlib.sha256(b"end").digest()
        wanted = base64.b64encode(hashlib.sha256(digests).digest()).decode() + "-2"
        assert upload.complete()["ChecksumSHA256"] == wanted


class TestCopies:
    def test_objects(self, s3):
        put(s3, "from/ü +%", b"hello", Metadata={"a": "1"}, ContentType="x/y", Tagging="t=1")
        source = {"Bucket": BUCKET, "Key": "from/ü +%"}
        etag = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)["CopyObjectResult"]["ETag"]
        assert etag == f'"{md5(b"hello")}"' and read(s3, "copy") == b"hello"
        head = s3.head_object(Bucket=BUCKET, Key="copy")
        assert (head["Metadata"], head["ContentType"], head["TagCount"]) == ({"a": "1"}, "x/y", 1)
        s3.copy_object(Bucket=BUCKET, Key="new", CopySource=source, Metadata={"b": "2"}, MetadataDirective="REPLACE",
                       TaggingDirective="REPLACE", Tagging="u=2")
        assert s3.head_object(Bucket=BUCKET, Key="new")["Metadata"] == {"b": "2"}
        assert s3.get_object_tagging(Bucket=BUCKET, Key="new")["TagSet"] == [{"Key": "u", "Value": "2"}]
        with refused("PreconditionFailed", 412):
            s3.copy_object(Bucket=BUCKET, Key="no", CopySource=source, CopySourceIfMatch='"other"')
        with refused("InvalidRequest", 400):
            s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "copy"})
        with refused("NoSuchKey", 404):
            s3.copy_object(Bucket=BUCKET, Key="no", CopySource={"Bucket": BUCKET, "Key": "none"})
        s3.delete_object(Bucket=BUCKET, Key="from/ü +%")
        put(s3, "copy", b"other")
        assert read(s3, "new") == b"hello"

    def test_of_a_multipart_object_and_by_parts(self, s3, upload):
        upload.send(1, block(1))
        upload.send(2, block(2, 6 * MIB))
        upload.complete()
        whole = block(1) + block(2, 6 * MIB)
        source = {"Bucket": BUCKET, "Key": "large"}
        told = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
        assert told["CopyObjectResult"]["ETag"] == f'"{md5(whole)}"' and read(s3, "copy") == whole
        by_parts = Upload(s3, "parts")
        ranges = [(5 * MIB, 11 * MIB - 1), (0, 6 * MIB - 1)]
        for number, (first, last) in enumerate(ranges, 1):
            part = s3.upload_part_copy(**by_parts.where, UploadId=by_parts.id, PartNumber=number, CopySource=source,
                                       CopySourceRange=f"bytes={first}-{last}")["CopyPartResult"]
            assert part["ETag"] == f'"{md5(whole[first:last + 1])}"'
            by_parts.parts.append({"PartNumber": number, "ETag": part["ETag"]})
        for text in ("bytes=0-", "bytes=-5", f"bytes=0-{11 * MIB}", "5-6"):
            with refused("InvalidArgument", 400):
                s3.upload_part_copy(**by_parts.where, UploadId=by_parts.id, PartNumber=3, CopySource=source,
                                    CopySourceRange=text)
        by_parts.complete()
        assert read(s3, "parts") == b"".join(whole[first:last + 1] for first, last in ranges)


class TestRestarts:
    def test_everything_survives_a_kill(self, tmp_path):
        store = DevStore(tmp_path)
        try:
            s3 = connect(store)
            s3.create_bucket(Bucket=BUCKET)
            for key in KEYS:
                put(s3, key, key.encode(), Metadata={"m": "1"})
            s3.delete_object(Bucket=BUCKET, Key="plain")
            done, open_one = Upload(s3, "done"), Upload(s3, "open", Metadata={"kept": "yes"})
            done.send(1, block(1))
            done.send(2, b"end")
            done.complete()
            open_one.send(1, block(1))
            store.kill()
            store = DevStore(tmp_path)
            s3 = open_one.s3 = connect(store)
            for key in KEYS[1:]:
                assert read(s3, key) == key.encode()
                assert s3.head_object(Bucket=BUCKET, Key=key)["Metadata"] == {"m": "1"}
            with refused("NoSuchKey", 404):
                read(s3, "plain")
            assert read(s3, "done") == block(1) + b"end"
            open_one.send(2, b"more")
            open_one.complete()
            assert read(s3, "open") == block(1) + b"more"
            assert s3.head_object(Bucket=BUCKET, Key="open")["Metadata"] == {"kept": "yes"}
        finally:
            store.close()


class TestControl:
    def test_counters(self, store, s3):
        store.stats(reset=True)
        put(s3, "a", b"hello")
        read(s3, "a")
        with refused("NoSuchKey", 404):
            read(s3, "b")
        told = store.stats()
        assert told["requests"] == {"PutObject": 1, "GetObject": 2} and told["errors"] == {"NoSuchKey": 1}
        assert (told["bytes_received"], told["bytes_sent"]) == (5, 5)
        assert told["in_flight"] == 0 and told["max_in_flight"] == 1 and told["buckets"][BUCKET]["highest"] == 1

    def test_faults(self, store, s3):
        put(s3, "a", bytes(100_000))
        store.faults({"operation": "PutObject", "key_prefix": "bad/", "from": 2, "count": 1,
                      "error": {"status": 503, "code": "SlowDown"}},
                     {"operation": "GetObject", "cut_after_bytes": 1000, "count": 1},
                     {"operation": "HeadObject", "delay_ms": 300})
        put(s3, "bad/1")
        with refused("SlowDown", 503):
            put(s3, "bad/2")
        put(s3, "bad/3")
        with pytest.raises(Exception, match="IncompleteRead|broken|[Cc]onnection"):
            read(s3, "a")
        assert len(read(s3, "a")) == 100_000
        began = time.monotonic()
        s3.head_object(Bucket=BUCKET, Key="a")
        assert time.monotonic() - began >= 0.3
        with urllib.request.urlopen(store.url + "/__devstore/faults", timeout=10) as reply:
            assert json.load(reply)["uses"] == [1, 1, 1]

    def test_an_error_within_a_200(self, store, s3):
        upload = Upload(s3)
        upload.send(1, b"x")
        store.faults({"operation": "CompleteMultipartUpload", "count": 1, "whitespace": {"count": 3, "every_ms": 5},
                      "error": {"status": 200, "code": "InternalError"}})
        with refused("InternalError", 500):
            upload.complete()
        store.faults({"operation": "CompleteMultipartUpload", "whitespace": {"count": 3, "every_ms": 5}})
        assert upload.complete()["ETag"].endswith('-1"')
