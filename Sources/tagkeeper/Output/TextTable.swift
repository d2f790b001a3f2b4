/// Rows whose columns line up.
struct TextTable {
  let rows: [[String]]

  /// Two spaces between columns, and none at a line's end.
  var lines: [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      let line = zip(row, widths).map { cell, width in cell.padded(to: width) }.joined(separator: "  ")
      return String(
        line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex))
    }
  }

  /// As a Markdown table (GitHub-flavoured), the first row its head. Cells are markup already.
  var markdown: [String] {
    guard let head = rows.first else { return [] }
    func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    return [line(head), "|" + String(repeating: "---|", count: head.count)] + rows.dropFirst().map(line)
  }
}
