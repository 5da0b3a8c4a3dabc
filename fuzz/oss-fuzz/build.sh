#!/bin/bash -eu
# Copyright 2026 The memguard authors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with
# the License. You may obtain a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an
# "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the
# specific language governing permissions and limitations under the License.
#
################################################################################

# Builds every target that can be built with AddressSanitizer, the only sanitizer that OSS-Fuzz has for Rust. Puts the
# target into $OUT with its inputs, dictionary and options. OSS-Fuzz, ClusterFuzzLite and fuzz/oss-fuzz/check run this.
cd "$SRC/memguard"
. fuzz/common.sh
built=${CARGO_TARGET_DIR:-target}/x86_64-unknown-linux-gnu/release

targets=$(all_targets)
for target in $targets; do
  build_settings "$target"
  if [ "$sanitizer" != address ]; then
    echo "$target is left out: it cannot be built with AddressSanitizer"
    continue
  fi
  cargo fuzz build -O --debug-assertions "$target"
  cp "$built/$target" "$OUT/"
  mapfile -t inputs < <(checked_in "$target")
  zip -q -r "$OUT/${target}_seed_corpus.zip" "${inputs[@]}"
  if [ -f "fuzz/dictionaries/$target.dict" ]; then
    cp "fuzz/dictionaries/$target.dict" "$OUT/"
  fi
  if [ -f "fuzz/options/$target.options" ]; then
    cp "fuzz/options/$target.options" "$OUT/"
  fi
done
