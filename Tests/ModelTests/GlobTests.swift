import Model
import Testing

@Suite struct GlobTests {
    @Test(arguments: [
        // A pattern without a slash looks at the last segment.
        ("*.txt", "a.txt", true), ("*.txt", "d/e/a.txt", true), ("*.txt", "a.txt/b", false), ("a", "d/a", true),
        // `*` and `?` stay within a segment.
        ("d/*", "d/a", true), ("d/*", "d/e/a", false), ("d/*/a", "d/e/a", true), ("d/?", "d/ab", false),
        ("d/*b*d", "d/abcd", true), ("d/*b*d", "d/ab/d", false), ("*a*a*a", "banana", true), ("*a*a*a", "bana", false),
        // `**` is any number of segments.
        ("**/a", "a", true), ("**/a", "d/e/a", true), ("d/**", "d/e/f", true), ("d/**", "d", false),
        ("d/**/a", "d/a", true), ("d/**/a", "d/e/f/a", true), ("d/**/a", "d/e/b", false), ("**/e/**", "d/e/f", true),
        ("**/e/*", "x/e/y/e/z", true), ("**", "any/thing", true), ("d/**/e/**/f", "d/1/e/2/3/f", true),
        ("**/", "a", true), ("d/**/", "d/e/f", true), ("d/**/", "e", false),
        ("d**", "dab", true), ("x/d**", "x/d/e", false),
        // A leading slash ties the pattern to the source.
        ("/a", "a", true), ("/a", "d/a", false), ("/*.txt", "d/a.txt", false),
        // Sets.
        ("[abc]", "b", true), ("[abc]", "d", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false),
        ("[^a]x", "bx", true), ("[]]", "]", true), ("[!]]", "]", false), ("[a-]", "-", true),
        ("d/[!a]b", "d//b", false),
        ("[c-a]", "b", true), ("[*]", "*", true), ("[*]", "a", false),
        // Characters, not bytes.
        ("?", "\u{E9}", true), ("??", "\u{E9}", false), ("[\u{E0}-\u{EF}]", "\u{E9}", true), ("?", "\u{1F600}", true),
        ("[!a]", "\u{1F600}", true), ("\u{E9}", "e\u{301}", false),
        ("a", "A", false), ("", "a", false), (".*", ".hidden", true), ("*", ".hidden", true), ("a.b", "axb", false),
    ])
    func theTable(pattern: String, path: String, matches: Bool) {
        #expect((Glob(pattern)?.matches(Array(path.utf8)) ?? false) == matches)
    }

    @Test func aByteThatIsNoCharacterCountsAsOne() {
        #expect(Glob("a?b")?.matches([0x61, 0xFF, 0x62]) == true)
        #expect(Glob("a?b")?.matches([0x61, 0xC3, 0x62]) == true)
        #expect(Glob("*")?.matches([0xFF]) == true)
        // Overlong, a surrogate, beyond Unicode.
        for bytes: [UInt8] in [
            [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x9F, 0xB9, 0x80],
        ] {
            #expect(Glob("?")?.matches(bytes) == false, "\(bytes)")
            #expect(Glob(String(repeating: "?", count: bytes.count))?.matches(bytes) == true, "\(bytes)")
        }
    }

    @Test func aStarTakesNoCharacterApart() {
        #expect(Glob("*??")?.matches(Array("\u{20AC}".utf8)) == false)
        #expect(Glob("*??")?.matches(Array("\u{20AC}\u{20AC}".utf8)) == true)
        #expect(Glob("*[!a]?")?.matches(Array("\u{1F600}".utf8)) == false)
    }

    @Test(arguments: ["", "[", "[a", "a[!", "[]", "x/[a-"])
    func whatIsNoPatternIsNone(text: String) { #expect(Glob(text) == nil) }

    @Test func manyStarsTakeNoTime() {
        let pattern = String(repeating: "*a", count: 30) + "b"
        #expect(Glob(pattern)?.matches([UInt8](repeating: UInt8(ascii: "a"), count: 2_000)) == false)
        let deep = String(repeating: "**/a/", count: 20) + "b"
        let path = Array(String(repeating: "a/", count: 300).utf8)
        #expect(Glob(deep)?.matches(path) == false)
    }

    @Test(
        arguments: [
            ([], [], "a", true), (["*.txt"], [], "a.txt", true), (["*.txt"], [], "a.log", false),
            ([], ["*.log"], "a.log", false), (["*"], ["a"], "a", false), (["*.txt", "*.md"], ["x/**"], "y/a.md", true),
            (["*.txt"], ["x/**"], "x/a.txt", false),
        ] as [([String], [String], String, Bool)])
    func excludeWinsAndNoIncludeIsAll(include: [String], exclude: [String], path: String, admits: Bool) {
        let filter = PathFilter(include: include, exclude: exclude)
        #expect(filter.admits(Array(path.utf8)) == admits)
        #expect(filter.isEmpty == (include.isEmpty && exclude.isEmpty))
    }
}
