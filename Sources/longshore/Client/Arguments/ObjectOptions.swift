import API
import ArgumentParser

/// What upload and copy write beside an object's bytes.
struct ObjectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Metadata of each object; may be repeated.", valueName: "name=value"))
    var metadata: [NamedValue] = []

    @Option(help: ArgumentHelp("A tag of each object; may be repeated.", valueName: "name=value"))
    var tag: [NamedValue] = []

    @Option(help: ArgumentHelp("In place of what the name tells, or the source has.", valueName: "type"))
    var contentType: String?

    @Option(help: ArgumentHelp("The Cache-Control of each object.", valueName: "value"))
    var cacheControl: String?

    @Option(help: ArgumentHelp("Such as STANDARD_IA.", valueName: "class"))
    var storageClass: String?

    @Option(help: ArgumentHelp("AES256, aws:kms or aws:kms:dsse.", valueName: "kind"))
    var serverSideEncryption: String?

    @Option(help: ArgumentHelp("The key of aws:kms.", valueName: "id"))
    var kmsKeyID: String?

    @Option(help: ArgumentHelp("A canned ACL, such as bucket-owner-full-control.", valueName: "name"))
    var acl: String?

    func write(to writer: inout JSONWriter) {
        if !metadata.isEmpty { writer.field("metadata", map: metadata.map) }
        if !tag.isEmpty { writer.field("tags", map: tag.map) }
        let fields = [
            ("content_type", contentType), ("cache_control", cacheControl), ("storage_class", storageClass),
            ("server_side_encryption", serverSideEncryption), ("kms_key_id", kmsKeyID), ("acl", acl),
        ]
        for (name, value) in fields {
            if let value { writer.field(name, value) }
        }
    }
}
