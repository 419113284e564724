// SPDX-License-Identifier: Apache-2.0
// Leaf data, and proofs about a log of forty leaves that is known here: what holds under a true root is true.
#include "security/log.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

constexpr std::uint8_t kLeaves = 40;

struct Known {
  Tree tree{[](std::uint64_t) -> Result<std::vector<Hash>> { return fail(Code::kStore, "no tile is complete here"); }};
  std::vector<Hash> leaves;
  std::vector<Hash> roots;
  Known() {
    roots.push_back(empty_root());
    for (std::uint8_t n = 0; n < kLeaves; ++n) {
      leaves.push_back(leaf_hash(View(&n, 1)));
      tree.append(leaves.back());
      roots.push_back(*tree.root());
    }
  }
};
Known& known() {
  static Known value;
  return value;
}

std::vector<Hash> hashes(fuzz::Input& input) {
  std::vector<Hash> out;
  while (!input.rest().empty()) out.push_back(input.hash());
  return out;
}

// With the true root put in when the input asks for it, since no fuzzer finds one.
Hash root_for(const Hash& given, std::uint64_t size) { return given == kZeroHash && size <= kLeaves ? known().roots[size] : given; }

void try_leaf(View bytes) {
  const auto leaf = decode_leaf(bytes);
  if (leaf) CHECK(fuzz::same_bytes(encode_leaf(*leaf), bytes));
}

void try_inclusion(fuzz::Input input) {
  const std::uint64_t index = input.number(), size = input.number();
  const Hash leaf = input.hash(), root = root_for(input.hash(), size);
  const auto path = hashes(input);
  const bool holds = inclusion_holds(leaf, index, size, path, root);
  if (size > kLeaves || root != known().roots[size]) return;
  const bool true_leaf = index < size && leaf == known().leaves[index] && path == *known().tree.inclusion(index, size);
  CHECK(holds == true_leaf);
}

void try_consistency(fuzz::Input input) {
  const std::uint64_t first = input.number(), second = input.number();
  const Hash first_root = root_for(input.hash(), first), second_root = root_for(input.hash(), second);
  const auto proof = hashes(input);
  const bool holds = consistency_holds(first, second, first_root, second_root, proof);
  if (second > kLeaves || second_root != known().roots[second] || first > second) {
    CHECK(!holds || first <= second);
    return;
  }
  const bool is_true = first_root == known().roots[first] && proof == *known().tree.consistency(first, second);
  CHECK(holds == is_true);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(log) {
  using namespace liaison;
  fuzz::Input input(data, size);
  switch (input.byte() % 3) {
    case 0: try_leaf(input.rest()); break;
    case 1: try_inclusion(input); break;
    case 2: try_consistency(input); break;
    default: break;
  }
  return 0;
}
