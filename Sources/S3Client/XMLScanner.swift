import CXML2

/// Who is told of a document's elements, in their order.
protocol XMLElementReceiver: AnyObject {
    /// - Parameter parent: the enclosing element's name, empty for the root.
    func started(_ name: String, parent: String)
    /// - Parameter text: the character data since the last start or end of an element: the whole text of a leaf.
    func ended(_ name: String, parent: String, text: [UInt8])
}

/// Walks through an XML reply with libxml2's SAX interface, so that a list of 1,000 objects builds no tree.
///
/// Names come without their namespace. Entities beyond XML's own five are an error and nothing external is loaded: the
/// handler below knows no declarations. (libxml2 manual, "SAX2" and "parser".)
final class XMLScanner {
    private let receiver: any XMLElementReceiver
    private var path: [String] = []
    private var text: [UInt8] = []

    private init(_ receiver: any XMLElementReceiver) {
        self.receiver = receiver
    }

    /// False when the bytes are not one well-formed document; the receiver may have been told of its beginning.
    ///
    /// - Parameter repairing: control characters, which no XML can hold, are read as `?`. Stores write them all the same
    ///   when they repeat a key that has some; for replies of which nobody reads a key.
    static func scan(_ bytes: [UInt8], into receiver: any XMLElementReceiver, repairing: Bool = false) -> Bool {
        // A reply that took long begins with spaces, which may not stand before an XML declaration.
        let trimmed = Array(bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D })
        let document = repairing ? ControlCharacters.replaced(in: trimmed) : trimmed
        guard !document.isEmpty, document.count <= Int(Int32.max) else { return false }
        let scanner = XMLScanner(receiver)
        var handler = unsafe xmlSAXHandler()
        unsafe handler.initialized = UInt32(XML_SAX2_MAGIC)
        unsafe handler.startElementNs = startElement
        unsafe handler.endElementNs = endElement
        unsafe handler.characters = characters
        unsafe handler.cdataBlock = characters
        // The scanner outlives the call, and libxml2 uses its address only inside; the document is only read.
        let result = withExtendedLifetime(scanner) {
            unsafe document.withUnsafeBytes { buffer in
                unsafe xmlSAXUserParseMemory(
                    &handler, Unmanaged.passUnretained(scanner).toOpaque(),
                    buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
            }
        }
        return result == 0
    }

    private func started(_ name: String) {
        receiver.started(name, parent: path.last ?? "")
        path.append(name)
        text.removeAll(keepingCapacity: true)
    }

    private func ended() {
        let name = path.removeLast()
        receiver.ended(name, parent: path.last ?? "", text: text)
        text.removeAll(keepingCapacity: true)
    }

    private func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        unsafe text.append(contentsOf: bytes)
    }

    private static let startElement: startElementNsSAX2Func = { context, name, _, _, _, _, _, _, _ in
        // libxml2 gives back the address that `scan` passed, and a name that ends with a zero byte.
        guard let context = unsafe context, let name = unsafe name else { return }
        unsafe Unmanaged<XMLScanner>.fromOpaque(context).takeUnretainedValue().started(String(cString: name))
    }

    private static let endElement: endElementNsSAX2Func = { context, _, _, _ in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<XMLScanner>.fromOpaque(context).takeUnretainedValue().ended()
    }

    private static let characters: charactersSAXFunc = { context, bytes, count in
        // `count` bytes are valid during the call.
        guard let context = unsafe context, let bytes = unsafe bytes else { return }
        let scanner = unsafe Unmanaged<XMLScanner>.fromOpaque(context).takeUnretainedValue()
        unsafe scanner.append(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
