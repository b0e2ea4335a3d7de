import Testing
import Transfers

@Suite struct MediaTypeTests {
    @Test(arguments: [
        ("a.html", "text/html"), ("d/e.f/a.JSON", "application/json"), ("a.tar.gz", "application/gzip"),
        ("\u{E9}.png", "image/png"), (".gif", "image/gif"), ("a.Mp4", "video/mp4"),
        ("a.parquet", "application/vnd.apache.parquet"),
    ])
    func theExtensionTells(path: String, type: String) { #expect(MediaType.guess(path: Array(path.utf8)) == type) }

    @Test(arguments: [
        "", "a", "a.", "html", "d.html/a", "a.unknown", "a.htm\u{E9}", "a.averyveryverylongone", ".", "..",
    ])
    func whatIsNotKnownHasNone(path: String) { #expect(MediaType.guess(path: Array(path.utf8)) == nil) }

    @Test func aNameThatIsNoTextHasNone() {
        #expect(MediaType.guess(path: [0x61, UInt8(ascii: "."), 0xFF]) == nil)
        #expect(
            MediaType.guess(path: [0xFF, UInt8(ascii: "."), UInt8(ascii: "c"), UInt8(ascii: "s"), UInt8(ascii: "s")])
                == "text/css")
    }
}
