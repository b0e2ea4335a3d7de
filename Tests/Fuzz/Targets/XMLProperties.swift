@testable import DevStore
@testable import S3Client

/// Of what stores answer and of what a store is sent: nothing in it becomes more than was sent, however it is nested, and
/// what the store reads is read alike when it is written again.
enum XMLProperties {
    static func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        try checkReplies(bytes)
        guard let document = try? XMLReader.document(bytes) else { return }
        try expect(depth(of: document) <= 16, "nested deeper than is allowed")
        // A byte of a name that is no UTF-8 is shown as a character of three.
        try expect(size(of: document) <= 3 * bytes.count, "a document has grown")
        guard isWritable(document) else { return }
        var writer = XMLWriter()
        write(document, to: &writer)
        let again = try? XMLReader.document(writer.bytes)
        try expect(again.map { isEqual($0, document) } == true, "what was read is written as something else")
    }

    private static func checkReplies(_ bytes: [UInt8]) throws(BrokenProperty) {
        for repairs in [false, true] {
            let counter = Counter()
            let isWhole = XMLScanner.scan(bytes, into: counter, repairing: repairs)
            try expect(!isWhole || counter.depth == 0 && counter.elements > 0, "a whole document has no end")
            try expect(counter.deepest <= 256, "a reply is nested deeper than libxml2 allows")
            // A byte of a strange encoding, which the document may name, is up to some ten in UTF-8; an entity any number.
            try expect(counter.bytes <= 16 * bytes.count, "a reply has grown")
        }
        _ = ErrorDocument(bytes)
        _ = ResultDocument.read(bytes, root: "CopyObjectResult").flatMap { ResultDocument.storedObject($0) }
        _ = UploadDocument.uploadID(bytes)
        _ = UploadDocument.storedObject(bytes)
        _ = TaggingDocument.tags(bytes)
        _ = try? TokenDocument(bytes)?.credentials()
        _ = UploadPage(document: bytes)
        if let page = PartPage(document: bytes) {
            try expect(page.parts.count <= bytes.count, "there are more parts than bytes")
        }
        if let page = ObjectPage(document: bytes) {
            let isSound = page.objects.allSatisfy { $0.sizeInBytes >= 0 && !$0.key.isEmpty }
            try expect(isSound, "a listed object has no key or no size")
        }
    }

    private final class Counter: XMLElementReceiver {
        var elements = 0
        var depth = 0
        var deepest = 0
        var bytes = 0

        func started(_ name: String, parent: String) {
            elements += 1
            depth += 1
            deepest = max(deepest, depth)
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            depth -= 1
            bytes += text.count
        }
    }

    private static func depth(of element: XMLElement) -> Int {
        1 + (element.children.map { depth(of: $0) }.max() ?? 0)
    }

    private static func size(of element: XMLElement) -> Int {
        element.children.reduce(element.name.utf8.count + element.text.count) { $0 + size(of: $1) }
    }

    private static func isEqual(_ first: XMLElement, _ second: XMLElement) -> Bool {
        first.name == second.name && (first.text == second.text || !second.children.isEmpty)
            && first.children.elementsEqual(second.children, by: isEqual)
    }

    /// Names of other than letters are no names that a writer has: the reader is less strict than XML about them.
    private static func isWritable(_ element: XMLElement) -> Bool {
        element.name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic } && element.children.allSatisfy(isWritable)
    }

    /// Text between children is left out, as it is by those who read requests.
    private static func write(_ element: XMLElement, to writer: inout XMLWriter) {
        if element.children.isEmpty { return writer.element(element.name, bytes: element.text) }
        writer.element(element.name) { writer in
            for child in element.children { write(child, to: &writer) }
        }
    }
}
