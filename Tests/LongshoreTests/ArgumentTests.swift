import Testing

@testable import longshore

/// What the command line's words mean.
struct ArgumentTests {
    @Test(arguments: [
        ("s3://media", "media", ""), ("s3://media/", "media", ""), ("s3://media/a/b", "media", "a/b"),
        ("s3://media/a/", "media", "a/"), ("s3://media//a", "media", "/a"), ("S3://media/a", "media", "a"),
        ("s3://media/a?b#c%20d", "media", "a?b#c%20d"), ("s3://m/ü🚢 x", "m", "ü🚢 x"), ("s3://m/s3://m", "m", "s3://m"),
    ])
    func takesAnObjectPlaceVerbatim(text: String, bucket: String, path: String) throws {
        let place = try #require(ObjectPlace(text))
        #expect(place.bucket == bucket && place.path == path)
    }

    @Test(arguments: ["", "media", "/media/a", "s3:/media", "s3://", "s3:///a", "http://media/a"])
    func refusesWhatIsNoObjectPlace(text: String) {
        #expect(ObjectPlace(text) == nil)
    }

    @Test(arguments: [("s3://m", true), ("s3://m/", true), ("s3://m/a/", true), ("s3://m/a", false)])
    func knowsFolders(text: String, isFolder: Bool) {
        #expect(ObjectPlace(text)?.isFolder == isFolder)
    }

    @Test(arguments: [
        ("a", "/home/me/a"), (".", "/home/me"), ("./a//b/", "/home/me/a/b"), ("../a", "/home/me/../a"),
        ("/", "/"), ("/a/./b/", "/a/b"), ("~", "/home/me/~"), ("-rf", "/home/me/-rf"), ("日本 語", "/home/me/日本 語"),
    ])
    func makesPathsAbsolute(text: String, absolute: String) {
        #expect(LocalPath(text, below: "/home/me")?.absolute == absolute)
    }

    @Test(arguments: ["", "s3://media/a"])
    func refusesWhatIsNoPath(text: String) {
        #expect(LocalPath(text, below: "/home/me") == nil)
    }

    private static let sizes: [(String, Int64)] = [
        ("0", 0), ("1", 1), ("1b", 1), ("8388608", 8_388_608), ("8MiB", 8_388_608), ("8M", 8_388_608),
        ("8m", 8_388_608),
        ("8MB", 8_000_000), ("64KiB", 65_536), ("5GiB", 5_368_709_120), ("1TiB", 1_099_511_627_776),
        ("9223372036854775807", Int64.max),
    ]

    @Test(arguments: sizes)
    func takesSizes(text: String, bytes: Int64) {
        #expect(ByteCount(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "MiB", "-1", "1.5GiB", "1 MiB", "8X", "8MiBs", "9223372036854775808", "9999999999TiB", "٣"])
    func refusesWhatIsNoSize(text: String) {
        #expect(ByteCount(argument: text) == nil)
    }

    @Test func takesNamedValues() {
        #expect(NamedValue(argument: "a=b=c") == NamedValue(argument: "a=b=c"))
        #expect(NamedValue(argument: "a=b=c")?.name == "a" && NamedValue(argument: "a=b=c")?.value == "b=c")
        #expect(NamedValue(argument: "a=")?.value == "")
        #expect(NamedValue(argument: "a") == nil && NamedValue(argument: "=b") == nil)
        #expect(["a=1", "b=2", "a=3"].compactMap { NamedValue(argument: $0) }.map == ["a": "3", "b": "2"])
    }

    @Test(arguments: [
        ("http://127.0.0.1:8600", "http://127.0.0.1:8600"), ("http://h/", "http://h"), ("HTTPS://h:1//", "https://h:1"),
        ("http://[::1]:8600", "http://[::1]:8600"), ("https://h/longshore", "https://h/longshore"),
    ])
    func takesAddresses(text: String, address: String) {
        #expect(ServiceAddress(text)?.text == address)
    }

    @Test(arguments: [
        "", "127.0.0.1:8600", "ftp://h", "http://", "http:///", "http://u:p@h", "http://h?a", "http://a b",
        "unix:relative", "unix:",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(ServiceAddress(text) == nil)
    }
}
