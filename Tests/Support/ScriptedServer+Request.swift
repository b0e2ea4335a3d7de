extension ScriptedServer {
    /// What came over the wire.
    package struct Request: Sendable {
        /// From 0 in order of accepting.
        package let connection: Int
        /// Request line and fields, without line ends, in their order.
        package let lines: [String]
        /// As far as the script read it.
        package internal(set) var body: [UInt8] = []

        package var method: String { word(0) }
        /// As it was sent, undecoded.
        package var target: String { word(1) }
        package var fields: [String] { Array(lines.dropFirst()) }

        /// The value of the first field of this name, in any case.
        package subscript(_ name: String) -> String? {
            let prefix = name.lowercased() + ":"
            return fields.first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count).drop { $0 == " " }) }
        }

        private func word(_ index: Int) -> String {
            lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)[index]
        }
    }
}
