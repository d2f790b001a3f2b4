/// How a three-way merge of whole trees ended.
package enum TreeMerge: Hashable, Sendable {
  case merged(TreeID)
  /// The paths on which both sides disagree, from the top of the tree, ascending.
  case conflicted([String])
}
