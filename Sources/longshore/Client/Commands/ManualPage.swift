import API

/// The manual page of what the parser knows of its commands (ArgumentParser's tool info, version 0). Pure.
struct ManualPage {
    let tool: JSONValue

    /// In the macros of man(7).
    var text: String {
        guard let root = tool["command"] else { return "" }
        let name = root["commandName"]?.text ?? ""
        var lines = [
            ".TH \(name.uppercased()) 1 \"\" \"\(name) \(Longshore.version)\"", ".nh", ".ad l", ".SH NAME",
            "\(name) \\- \(Self.escaped(Self.sentence(root["abstract"]?.text ?? "")))", ".SH SYNOPSIS",
            ".B \(name)", ".I command", "[options]", ".SH DESCRIPTION",
        ]
        lines += Self.paragraphs(root["discussion"]?.text ?? "")
        lines.append(".SH COMMANDS")
        for command in shown(root["subcommands"]) where command["commandName"]?.text != "help" {
            lines += section(command, of: name)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ command: JSONValue, of name: String) -> [String] {
        let arguments = shown(command["arguments"]).filter { $0["valueName"]?.text != "help" && !isVersion($0) }
        let positional = arguments.filter { $0["kind"]?.text == "positional" }
        let synopsis = positional.map { argument in
            "<\(argument["valueName"]?.text ?? "")>" + (argument["isRepeating"]?.flag == true ? " ..." : "")
        }
        let head = ([name, command["commandName"]?.text ?? ""] + synopsis).joined(separator: " ")
        var lines = [".SS \"\(Self.escaped(head))\"", Self.escaped(command["abstract"]?.text ?? "")]
        if let discussion = command["discussion"]?.text { lines += [".PP"] + Self.paragraphs(discussion) }
        for argument in arguments {
            lines += [".TP", ".B \"\(Self.escaped(title(argument)))\"", Self.escaped(meaning(argument))]
        }
        return lines
    }

    private func isVersion(_ argument: JSONValue) -> Bool { argument["preferredName"]?["name"]?.text == "version" }

    private func shown(_ list: JSONValue?) -> [JSONValue] {
        (list?.elements ?? []).filter { $0["shouldDisplay"]?.flag != false }
    }

    /// `<source>`, `--root <dir>`, `--json`
    private func title(_ argument: JSONValue) -> String {
        let value = "<\(argument["valueName"]?.text ?? "")>"
        let names = (argument["names"]?.elements ?? []).map { name in
            (name["kind"]?.text == "long" ? "--" : "-") + (name["name"]?.text ?? "")
        }
        switch argument["kind"]?.text {
        case "positional": return value
        case "flag": return names.joined(separator: ", ")
        default: return names.joined(separator: ", ") + " " + value
        }
    }

    private func meaning(_ argument: JSONValue) -> String {
        var text = argument["abstract"]?.text ?? ""
        let values = (argument["allValues"]?.elements ?? []).compactMap(\.text)
        if !values.isEmpty { text += " One of " + values.joined(separator: ", ") + "." }
        if let preset = argument["defaultValue"]?.text { text += " Default: \(preset)." }
        return text
    }

    /// Indented lines as they are, the others filled.
    private static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isVerbatim = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                lines.append(isVerbatim ? "" : ".PP")
                continue
            }
            if line.hasPrefix("    ") != isVerbatim {
                isVerbatim.toggle()
                lines += isVerbatim ? [".nf"] : [".fi"]
            }
            lines.append(escaped(String(line)))
        }
        if isVerbatim { lines.append(".fi") }
        return lines
    }

    /// As the line after NAME has it: no capital, no full stop.
    private static func sentence(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst().trimmingSuffix { $0 == "." }
    }

    /// Nothing in it is a request or an escape, and a hyphen stays what is typed.
    private static func escaped(_ text: String) -> String {
        let safe = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
        return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ isLeft: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isLeft(last) { text = text.dropLast() }
        return String(text)
    }
}
