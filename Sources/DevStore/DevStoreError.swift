/// Why a store does not start.
package struct DevStoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Its folder cannot be used, or another store uses it. Choose another, or stop the other one.
        case folder
        /// Its address cannot be listened on.
        case server
        /// A bucket's name in its configuration is none.
        case bucketName
    }

    package let code: Code
    package let message: String

    package var description: String { "\(code.rawValue): \(message)" }
}
