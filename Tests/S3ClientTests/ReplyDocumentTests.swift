import Model
import Testing

@testable import S3Client

/// S3's own examples, and what other stores make of them.
@Suite struct ReplyDocumentTests {
    @Test func anErrorDocumentIsRead() throws {
        let document = try #require(
            ErrorDocument(
                Array(
                    """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <Error><Code>AuthorizationHeaderMalformed</Code><Message>the region &apos;us-east-1&apos; is wrong</Message>
                    <Region>eu-west-1</Region><RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>
                    """.utf8)))
        #expect(
            document.code == "AuthorizationHeaderMalformed" && document.message == "the region 'us-east-1' is wrong")
        #expect(document.region == "eu-west-1" && document.requestID == "4442587FB7D0A2F9")
    }

    @Test func spacesBeforeADocumentAreNoFault() throws {
        let document = "  \n\n \t <?xml version=\"1.0\"?>\n   \n<Error><Code>InternalError</Code></Error>"
        #expect(ErrorDocument(Array(document.utf8))?.code == "InternalError")
    }

    @Test(arguments: [
        "", "   ", "<html><body>no</body></html>", "<Error><Code>A</Code>", "{\"a\":1}", "<Error>&unknown;</Error>",
        "<Error><Code>A</Code></Error><Error/>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Error><Code>&b;</Code></Error>",
    ])
    func whatIsNoErrorDocumentIsNone(text: String) {
        let found = ErrorDocument(Array(text.utf8))
        #expect(found == nil || found?.code == "")
    }

    @Test(arguments: ["InitiateMultipartUploadResult", "InitiateMultipartUpload"])
    func anUploadIDIsReadFromS3AndFromRclone(root: String) {
        let document = "<\(root)><Bucket>b</Bucket><Key>k</Key><UploadId>a-1</UploadId></\(root)>"
        #expect(UploadDocument.uploadID(Array(document.utf8)) == UploadID("a-1"))
    }

    @Test func anEncodedListGivesRawKeys() throws {
        let page = try #require(
            ObjectPage(
                document: Array(
                    """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>a%2Bb</Prefix>
                    <KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
                    <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
                    <Contents><Key>a+b%2Bc%0A%C3%A9/%25</Key><LastModified>2024-02-29T12:34:56.789Z</LastModified>
                    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size></Contents>
                    <Contents><Key>b</Key><ETag>"x-2"</ETag><Size>0</Size></Contents>
                    <CommonPrefixes><Prefix>p+q/</Prefix></CommonPrefixes></ListBucketResult>
                    """.utf8)))
        #expect(page.objects.map(\.key) == [Array("a b+c\né/%".utf8), Array("b".utf8)])
        #expect(page.objects.map(\.sizeInBytes) == [434_234, 0])
        #expect(page.objects.map(\.etag) == [ETag("fba9dede5f27731c9771645a39863328"), ETag("x-2")])
        #expect(page.objects[0].lastModified == Timestamp(microseconds: 1_709_210_096_789_000))
        #expect(page.commonPrefixes == [Array("p q/".utf8)])
        #expect(page.nextToken == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=")
    }

    @Test func aListThatWasNotEncodedStandsAsItIs() throws {
        let page = try #require(
            ObjectPage(
                document: Array(
                    "<ListBucketResult><Contents><Key>a+b%20&amp;</Key><Size>1</Size></Contents></ListBucketResult>"
                        .utf8)))
        #expect(page.objects.map(\.key) == [Array("a+b%20&".utf8)])
        #expect(page.nextToken == nil)
    }

    @Test(arguments: [
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>1</Size>", "<Other/>", "",
    ])
    func aBrokenListIsNone(text: String) {
        #expect(ObjectPage(document: Array(text.utf8)) == nil)
    }

    @Test(arguments: ["ListPartsResult", "ListPartsResponse"])
    func partsAreReadWithTheirChecksums(root: String) throws {
        let page = try #require(
            PartPage(
                document: Array(
                    """
                    <\(root) xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><UploadId>u</UploadId>
                    <NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>2</MaxParts><IsTruncated>true</IsTruncated>
                    <Part><PartNumber>2</PartNumber><ETag>"7778aef8"</ETag><Size>10485760</Size>
                    <ChecksumCRC32C>yZRlqg==</ChecksumCRC32C></Part>
                    <Part><PartNumber>3</PartNumber><ETag>"aaaa18db"</ETag><Size>5</Size></Part></\(root)>
                    """.utf8)))
        #expect(
            page.parts == [
                PartPage.Part(
                    number: PartNumber(2), sizeInBytes: 10_485_760, etag: ETag("7778aef8"),
                    checksum: Checksum(.crc32c, base64: "yZRlqg==")),
                PartPage.Part(number: PartNumber(3), sizeInBytes: 5, etag: ETag("aaaa18db"), checksum: nil),
            ])
        #expect(page.nextMarker == PartNumber(3))
    }

    /// S3 repeats the key as it is, and a key may hold what XML can't.
    @Test(arguments: ["&#8;", "&#x8;", "&#x1F;", "\u{8}", "\u{1}&#9;"])
    func controlCharactersOfARepeatedKeyDoNotHideTheRest(character: String) {
        let body = Array(
            """
            <InitiateMultipartUploadResult><Key>a&amp;\(character)&#xe9;</Key><UploadId>u</UploadId>
            </InitiateMultipartUploadResult>
            """.utf8)
        #expect(UploadDocument.uploadID(body) == UploadID("u"))
        let error = ErrorDocument(Array("<Error><Code>SlowDown</Code><Key>\(character)</Key></Error>".utf8))
        #expect(error?.code == "SlowDown")
    }

    @Test func openUploadsAreRead() throws {
        let page = try #require(
            UploadPage(
                document: Array(
                    """
                    <ListMultipartUploadsResult><EncodingType>url</EncodingType><NextKeyMarker>k%202</NextKeyMarker>
                    <NextUploadIdMarker>u2</NextUploadIdMarker><IsTruncated>true</IsTruncated>
                    <Upload><Key>k%201</Key><UploadId>u1</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>
                    <Upload><Key>k%202</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>
                    """.utf8)))
        #expect(page.uploads.map(\.key) == [Array("k 1".utf8), Array("k 2".utf8)])
        #expect(page.uploads.map(\.uploadID) == [UploadID("u1"), UploadID("u2")])
        #expect(page.uploads[0].initiated == Timestamp(microseconds: 1_289_422_113_000_000))
        #expect(page.nextMarker == UploadPage.Marker(key: Array("k 2".utf8), uploadID: UploadID("u2")))
    }

    @Test func aCompletionNamesEachPartWithItsChecksum() {
        let body = UploadDocument.completion(of: [
            CompletedPart(number: PartNumber(1), etag: ETag("a&b"), checksum: Checksum(.crc32c, base64: "yZRlqg==")),
            CompletedPart(number: PartNumber(2), etag: ETag("c"), checksum: nil),
        ])
        #expect(
            String(decoding: body, as: UTF8.self)
                == "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1"
                + "</PartNumber><ETag>\"a&amp;b\"</ETag><ChecksumCRC32C>yZRlqg==</ChecksumCRC32C></Part><Part><PartNumber>2"
                + "</PartNumber><ETag>\"c\"</ETag></Part></CompleteMultipartUpload>")
    }

    @Test(
        arguments: [
            ("Thu, 29 Feb 2024 12:34:56 GMT", Int64(1_709_210_096)), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int64?)])
    func httpDatesAreRead(text: String, seconds: Int64?) {
        #expect(Timestamp(httpDate: text) == seconds.map { Timestamp(microseconds: $0 * 1_000_000) })
    }
}
