// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/formats.h"

#include <algorithm>
#include <iterator>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/regex/json_text.h"
#include "runtime/grammar/regex/pattern.h"

namespace runtime::grammar::schema {
namespace {

struct Row {
  std::string_view name;
  std::string_view pattern;  // of the whole text; <name> stands for the pattern of another row
  std::uint32_t max_length = regex::kUnbounded;
};

// Names in capitals are parts, not formats.
constexpr Row kRows[] = {
    // RFC 3339. A leap second is the last one of a day in UTC; only there an offset is zero.
    {"date",
     R"((?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|)"
     R"(02-(?:0[1-9]|1\d|2[0-8]))|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|)"
     R"((?:[02468][048]|[13579][26])00)-02-29))"},
    {"time", R"((?:<HOUR>:[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]<HOUR>:[0-5]\d)|)"
             R"(23:59:60(?:\.\d+)?(?:[Zz]|[+-]00:00)))"},
    {"HOUR", R"((?:[01]\d|2[0-3]))"},
    {"date-time", R"(<date>[Tt]<time>)"},
    {"duration", R"(P(?:\d+W|(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)(?:<CLOCK>)?|<CLOCK>))"},
    {"CLOCK", R"(T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))"},
    // RFC 4122
    {"uuid", R"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"},
    // RFC 2673, RFC 4291
    {"ipv4", R"(<BYTE>(?:\.<BYTE>){3})"},
    {"BYTE", R"((?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d))"},
    {"ipv6",
     R"((?:(?:<H16>:){6}<LOW>|::(?:<H16>:){5}<LOW>|<H16>?::(?:<H16>:){4}<LOW>|)"
     R"((?:(?:<H16>:){0,1}<H16>)?::(?:<H16>:){3}<LOW>|(?:(?:<H16>:){0,2}<H16>)?::(?:<H16>:){2}<LOW>|)"
     R"((?:(?:<H16>:){0,3}<H16>)?::<H16>:<LOW>|(?:(?:<H16>:){0,4}<H16>)?::<LOW>|)"
     R"((?:(?:<H16>:){0,5}<H16>)?::<H16>|(?:(?:<H16>:){0,6}<H16>)?::))"},
    {"H16", R"((?:[0-9a-fA-F]{1,4}))"},
    {"LOW", R"((?:<H16>:<H16>|<ipv4>))"},
    // RFC 1123; no hyphens as third and fourth character, which stand for an encoding
    {"hostname", R"(<LABEL>(?:\.<LABEL>)*)", 253},
    {"LABEL",
     R"([A-Za-z0-9](?:[A-Za-z0-9-]{0,2}[A-Za-z0-9]|)"
     R"([A-Za-z0-9-](?:[A-Za-z0-9][A-Za-z0-9-]|-[A-Za-z0-9])[A-Za-z0-9-]{0,58}[A-Za-z0-9])?)"},
    // RFC 5321
    {"email", R"((?:<ATOM>(?:\.<ATOM>)*|"(?:[ !#-\[\]-~]|\\[ -~])*")@)"
              R"((?:<hostname>|\[(?:<ipv4>|IPv6:<ipv6>)\]))"},
    {"ATOM", R"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)"},
    // RFC 3986
    {"uri", R"(<SCHEME>:(?:<ROOTED>|(?:<PCHAR>+(?:/<PCHAR>*)*)?)<TAIL>)"},
    {"uri-reference",
     R"((?:<uri>|(?:<ROOTED>|(?:(?:[\w.~!$&'()*+,;=@-]|<ESCAPE>)+(?:/<PCHAR>*)*)?)<TAIL>))"},
    {"SCHEME", R"([A-Za-z][A-Za-z0-9+.-]*)"},
    {"ROOTED", R"((?://<AUTHORITY>(?:/<PCHAR>*)*|/(?:<PCHAR>+(?:/<PCHAR>*)*)?))"},
    {"AUTHORITY", R"((?:(?:[\w.~!$&'()*+,;=:-]|<ESCAPE>)*@)?(?:\[(?:<ipv6>|[vV][0-9a-fA-F]+\.)"
                  R"([\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|<ESCAPE>)*)(?::\d*)?)"},
    {"PCHAR", R"((?:[\w.~!$&'()*+,;=:@-]|<ESCAPE>))"},
    {"ESCAPE", R"(%[0-9a-fA-F]{2})"},
    {"TAIL", R"((?:\?(?:<PCHAR>|[/?])*)?(?:#(?:<PCHAR>|[/?])*)?)"},
    // RFC 3987: the same with other letters; see kLetters
    {"iri", "<uri>"},
    {"iri-reference", "<uri-reference>"},
    // RFC 6570
    {"uri-template",
     R"((?:[^\x00-\x20"%<>\\^`{|}\x7f]|<ESCAPE>|\{[+#./;?&=,!@|]?<VARIABLE>(?:,<VARIABLE>)*\})*)"},
    {"VARIABLE", R"((?:\w|<ESCAPE>)(?:\.?(?:\w|<ESCAPE>))*(?::[1-9]\d{0,3}|\*)?)"},
    // Of the standard, too, but no expression says them.
    {"idn-email", ""},
    {"idn-hostname", ""},
    // RFC 6901
    {"json-pointer", R"((?:/(?:[^~/]|~[01])*)*)"},
    {"relative-json-pointer", R"((?:0|[1-9]\d*)(?:#|<json-pointer>))"},
    // ECMA-262, less look-around, back references and groups of more than four levels: these
    // patterns are all valid, though not all valid ones are here.
    {"regex", R"((?:<TERM>|\((?:\?:)?<GROUP3>\)<COUNT>)*)"},
    {"GROUP3", R"((?:<TERM>|\((?:\?:)?<GROUP2>\)<COUNT>)*)"},
    {"GROUP2", R"((?:<TERM>|\((?:\?:)?<GROUP1>\)<COUNT>)*)"},
    {"GROUP1", R"((?:<TERM>|\((?:\?:)?<TERM>*\)<COUNT>)*)"},
    {"TERM", R"((?:[|^$]|\\[bB]|(?:[^\\()[\]{}*+?|^$]|<LITERAL>|<CLASS>)<COUNT>))"},
    {"LITERAL", R"((?:\\(?:[dDwWsStnrfv^$\\.*+?()[\]{}|/-]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})))"},
    {"CLASS", R"(\[\^?-?(?:\d-9|0-\d|[a-z]-z|a-[a-z]|[A-Z]-Z|A-[A-Z]|[^\\\]-]|<LITERAL>)*-?\])"},
    {"COUNT",
     R"((?:(?:[*+?]|\{(?:\d+,?|\d,[1-9]\d+|[01],[1-9]|2,[2-9]|3,[3-9]|4,[4-9]|5,[5-9]|6,[6-9])\})\??)?)"},
};

// What \w stands for in the rows of RFC 3986, for RFC 3987.
constexpr std::string_view kLetter = "[\\w.~";
constexpr std::string_view kLetters =
    "[\\w\\u{a0}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{ffef}\\u{10000}-\\u{1fffd}"
    "\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}.~";

const Row* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == std::end(kRows) ? nullptr : row;
}

// Appends `pattern` with the parts that it names.
void expand(std::string_view pattern, ByteString& out) {
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('<');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) return;
    pattern.remove_prefix(open + 1);
    const std::size_t close = pattern.find('>');
    const Row* part =
        close == std::string_view::npos ? nullptr : find_row(pattern.substr(0, close));
    if (part != nullptr) {
      expand(part->pattern, out);
      pattern.remove_prefix(close + 1);
    } else {
      out += '<';
    }
  }
}

ByteString with_all_letters(std::string_view pattern) {
  ByteString out;
  for (std::size_t at = 0; (at = pattern.find(kLetter)) != std::string_view::npos;) {
    out += pattern.substr(0, at);
    out += kLetters;
    pattern.remove_prefix(at + kLetter.size());
  }
  out += pattern;
  return out;
}

}  // namespace

bool is_format_beyond_us(std::string_view name) {
  const Row* row = find_row(name);
  return row != nullptr && row->pattern.empty();
}

regex::Regex format_strings(regex::Expressions& e, std::string_view name) {
  const Row* row = find_row(name);
  if (row == nullptr || (name[0] >= 'A' && name[0] <= 'Z')) return regex::kNothing;
  ByteString pattern;
  expand(row->pattern, pattern);
  if (name.starts_with("iri")) pattern = with_all_letters(pattern);
  const auto parsed = regex::parse_pattern(e, pattern, {.text = regex::Text::json_string});
  if (!parsed) return regex::kNothing;  // of this table: never
  const regex::Regex strings = regex::quoted(e, *parsed);
  if (row->max_length == regex::kUnbounded) return strings;
  return e.both(strings, regex::string_of(e, 0, row->max_length));
}

}  // namespace runtime::grammar::schema
