// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/paper_pdf.h"

#include <cairo-pdf.h>
#include <fmt/format.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <numeric>

#include "nodes/cli/paper_words.h"
#include "nodes/cli/pdf_catalog.h"
#include "schemas/text.h"

namespace liaison {
namespace {

// A4 in points, and what is printed on it.
constexpr double kPageWidth = 595.276, kPageHeight = 841.89, kSide = 56, kTop = 66, kBottom = 62;
constexpr double kBodyWidth = kPageWidth - 2 * kSide, kBodyHeight = kPageHeight - kTop - kBottom;
constexpr double kGutter = 8, kNameWidth = 130;
constexpr double kFewLines = 40;       // what is never alone at the foot of a page
constexpr std::size_t kLongRowBytes = 4096;   // a row of more is begun wherever a few lines fit: its height is not reckoned beforehand
constexpr std::size_t kMarksMax = 8;       // combining characters on one letter
// Characters in a row between which no line ends. Where there are more it ends anywhere, or Pango would search for hours.
constexpr std::size_t kUnbrokenMax = 200;

template <auto free>
struct Freed { template <class T> void operator()(T* one) const { free(one); } };
using Layout = std::unique_ptr<PangoLayout, Freed<g_object_unref>>;
using Context = std::unique_ptr<PangoContext, Freed<g_object_unref>>;
using Config = std::unique_ptr<FcConfig, Freed<FcConfigDestroy>>;
using Look = std::unique_ptr<PangoFontDescription, Freed<pango_font_description_free>>;
using Surface = std::unique_ptr<cairo_surface_t, Freed<cairo_surface_destroy>>;
using Ink = std::unique_ptr<cairo_t, Freed<cairo_destroy>>;

struct FontFile { const char* path; const char* package; };
constexpr std::array<FontFile, 5> kFontFiles{{{"truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core"},
                                              {"truetype/dejavu/DejaVuSans-Bold.ttf", "fonts-dejavu-core"},
                                              {"opentype/fonts-hosny-amiri/Amiri-Regular.ttf", "fonts-hosny-amiri"},
                                              {"opentype/fonts-hosny-amiri/Amiri-Bold.ttf", "fonts-hosny-amiri"},
                                              {"truetype/wqy/wqy-microhei.ttc", "fonts-wqy-microhei"}}};

// The first font that has a character draws it.
const char* families_of(Language language) {
  if (language == Language::kArabic) return "Amiri,DejaVu Sans,WenQuanYi Micro Hei";
  if (language == Language::kChinese) return "WenQuanYi Micro Hei,DejaVu Sans,Amiri";
  return "DejaVu Sans,Amiri,WenQuanYi Micro Hei";
}

enum class Style { kTitle, kSubtitle, kHeading, kBody, kStrong, kSmall };
constexpr std::array<std::pair<double, PangoWeight>, 6> kStyles{{{17, PANGO_WEIGHT_BOLD}, {12, PANGO_WEIGHT_NORMAL}, {12, PANGO_WEIGHT_BOLD},
                                                                 {9, PANGO_WEIGHT_NORMAL}, {9, PANGO_WEIGHT_BOLD}, {8, PANGO_WEIGHT_NORMAL}}};

// Amiri draws small, and Chinese wants some room.
double size_in(Language language, Style style) {
  const double size = kStyles[static_cast<std::size_t>(style)].first;
  return language == Language::kArabic ? size * 1.25 : language == Language::kChinese ? size * 1.1 : size;
}

// Characters that some font has.
class Coverage {
 public:
  explicit Coverage(FcConfig* config) : all_(FcCharSetCreate()) {
    const FcFontSet* fonts = FcConfigGetFonts(config, FcSetApplication);
    for (int i = 0; fonts != nullptr && i < fonts->nfont; ++i) {
      FcCharSet* one = nullptr;
      if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &one) == FcResultMatch) FcCharSetMerge(all_.get(), one, nullptr);
    }
  }
  bool has(gunichar c) const { return FcCharSetHasChar(all_.get(), c) != FcFalse; }

 private:
  std::unique_ptr<FcCharSet, Freed<FcCharSetDestroy>> all_;
};

bool is_mark(gunichar c) {
  const auto type = g_unichar_type(c);
  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}
bool is_arabic(gunichar c) { return (c >= 0x600 && c < 0x780) || (c >= 0x8a0 && c < 0x900) || (c >= 0xfb50 && c < 0xfe00) || (c >= 0xfe70 && c < 0xfeff); }
template <class See>
void for_each_character(const std::string& text, See see) {
  for (const char *at = text.c_str(), *next = at; *at != 0; at = next) {
    next = g_utf8_next_char(at);
    see(g_utf8_get_char(at), std::string_view(at, static_cast<std::size_t>(next - at)));
  }
}

bool has_arabic(const std::string& text) {
  bool found = false;
  for_each_character(text, [&](gunichar c, std::string_view) { found = found || is_arabic(c); });
  return found;
}

// Whether somewhere no line may end for more than kUnbrokenMax characters.
bool has_long_stretch(const std::string& text) {
  if (text.size() <= kUnbrokenMax) return false;
  std::vector<PangoLogAttr> marks(static_cast<std::size_t>(g_utf8_strlen(text.c_str(), -1)) + 1);
  pango_get_log_attrs(text.c_str(), static_cast<int>(text.size()), -1, pango_language_from_string("en"), marks.data(), static_cast<int>(marks.size()));
  std::size_t most = 0, now = 0;
  for (const auto& mark : marks) {
    now = mark.is_line_break != 0 ? 0 : now + 1;
    most = std::max(most, now);
  }
  return most > kUnbrokenMax;
}

// Arabic is Amiri's: DejaVu's ligatures and distances do not come out whole when text is copied.
void leave_arabic_to_amiri(FcConfig* config) {
  const FcFontSet* fonts = FcConfigGetFonts(config, FcSetApplication);
  for (int i = 0; i < fonts->nfont; ++i) {
    FcChar8* family = nullptr;
    FcCharSet* all = nullptr;
    if (FcPatternGetString(fonts->fonts[i], FC_FAMILY, 0, &family) != FcResultMatch) continue;
    if (reinterpret_cast<const char*>(family) != std::string_view("DejaVu Sans")) continue;
    if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &all) != FcResultMatch) continue;
    const std::unique_ptr<FcCharSet, Freed<FcCharSetDestroy>> fewer(FcCharSetCreate());
    std::array<FcChar32, FC_CHARSET_MAP_SIZE> map{};
    FcChar32 next = 0;
    for (FcChar32 base = FcCharSetFirstPage(all, map.data(), &next); base != FC_CHARSET_DONE; base = FcCharSetNextPage(all, map.data(), &next)) {
      for (FcChar32 bit = 0; bit < 256; ++bit) {
        if ((map[bit / 32] >> (bit % 32) & 1U) != 0 && !is_arabic(base + bit)) FcCharSetAddChar(fewer.get(), base + bit);
      }
    }
    FcPatternDel(fonts->fonts[i], FC_CHARSET);
    FcPatternAddCharSet(fonts->fonts[i], FC_CHARSET, fewer.get());
  }
}

// Everything that shapes text, for one language.
class Type {
 public:
  static Result<Type> open(Language language, const std::filesystem::path& fonts) {
    Config config(FcConfigCreate());
    for (const auto& font : kFontFiles) {
      const std::string file = fonts / font.path;
      if (FcConfigAppFontAddFile(config.get(), reinterpret_cast<const FcChar8*>(file.c_str())) != FcFalse) continue;
      return fail(Code::kUnknown, fmt::format("the font {} cannot be read", printable(file)), fmt::format("install the package {}", font.package));
    }
    leave_arabic_to_amiri(config.get());
    FcConfigSetCurrent(config.get());   // or Pango would read the machine's own fonts as well
    return Type(language, std::move(config));
  }

  // The lines of one text without line ends, from the left or the right as its letters say.
  Layout set(const std::string& text, Style style, double width, PangoAlignment alignment) const {
    Layout layout = lay(safe(text), style, width, alignment);
    if (pango_layout_get_unknown_glyphs_count(layout.get()) == 0) return layout;
    std::string plain;   // what a font has alone and not beside its neighbours
    for_each_character(text, [&](gunichar c, std::string_view) { plain += escaped(c); });
    return lay(plain, style, width, alignment);
  }

 private:
  Type(Language language, Config config) : language_(language), config_(std::move(config)), coverage_(config_.get()) {
    map_.reset(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), config_.get());
    context_ = context(right_to_left(language) ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    for (std::size_t i = 0; i < kStyles.size(); ++i) {
      looks_[i].reset(pango_font_description_from_string(families_of(language)));
      pango_font_description_set_weight(looks_[i].get(), kStyles[i].second);
      pango_font_description_set_size(looks_[i].get(), static_cast<int>(size_in(language, static_cast<Style>(i)) * PANGO_SCALE));
    }
  }

  Context context(PangoDirection direction) const {
    Context made(pango_font_map_create_context(map_.get()));
    pango_cairo_context_set_resolution(made.get(), 72);
    pango_context_set_language(made.get(), pango_language_from_string(std::string(word_of(language_)).c_str()));
    pango_context_set_base_dir(made.get(), direction);
    pango_context_set_round_glyph_positions(made.get(), FALSE);
    const std::unique_ptr<cairo_font_options_t, Freed<cairo_font_options_destroy>> options(cairo_font_options_create());
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(made.get(), options.get());
    return made;
  }

  Layout lay(const std::string& text, Style style, double width, PangoAlignment alignment) const {
    Layout layout(pango_layout_new(context_.get()));
    pango_layout_set_font_description(layout.get(), looks_[static_cast<std::size_t>(style)].get());
    pango_layout_set_wrap(layout.get(), has_long_stretch(text) ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
    // Without kerning, which in Arabic is so wide that a reader of the file takes it for a blank.
    const std::unique_ptr<PangoAttrList, Freed<pango_attr_list_unref>> unkerned(pango_attr_list_new());
    pango_attr_list_insert(unkerned.get(), pango_attr_font_features_new("kern=0"));
    if (has_arabic(text)) pango_layout_set_attributes(layout.get(), unkerned.get());
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_text(layout.get(), text.c_str(), static_cast<int>(text.size()));
    // Pango turns the sides round for a text that is read the other way than the paper; on paper all stand at one side.
    // Digits alone are read as the paper is, though each number in them goes from the left.
    const PangoDirection said = pango_layout_line_get_resolved_direction(pango_layout_get_line_readonly(layout.get(), 0));
    pango_layout_set_alignment(layout.get(), said != pango_context_get_base_dir(context_.get()) ? turned(alignment) : alignment);
    return layout;
  }

  static PangoAlignment turned(PangoAlignment alignment) {
    return alignment == PANGO_ALIGN_LEFT ? PANGO_ALIGN_RIGHT : alignment == PANGO_ALIGN_RIGHT ? PANGO_ALIGN_LEFT : alignment;
  }

  std::string safe(const std::string& text) const {
    std::string out;
    std::size_t marks = 0;
    for_each_character(text, [&](gunichar c, std::string_view bytes) {
      marks = is_mark(c) ? marks + 1 : 0;
      out += coverage_.has(c) && marks <= kMarksMax ? std::string(bytes) : escaped(c);
    });
    return out;
  }
  static std::string escaped(gunichar c) { return c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\u{{{:x}}}", c); }

  Language language_;
  Config config_;
  Coverage coverage_;
  std::unique_ptr<PangoFontMap, Freed<g_object_unref>> map_;
  Context context_;
  std::array<Look, kStyles.size()> looks_;
};

struct Line { PangoLayoutLine* line; double left, baseline, height; };

// A text in a column: its lines one below the other. `x` is the distance from where the reading begins.
struct Cell {
  Cell(const Type& type, const std::string& text, Style style, double at, double as_wide, PangoAlignment alignment) : x(at), width(as_wide) {
    for (const auto& one : paper_lines(text)) {
      layouts.push_back(type.set(one, style, width, alignment));
      const std::unique_ptr<PangoLayoutIter, Freed<pango_layout_iter_free>> at_line(pango_layout_get_iter(layouts.back().get()));
      do {
        PangoRectangle box;
        pango_layout_iter_get_line_extents(at_line.get(), nullptr, &box);
        lines.push_back({pango_layout_iter_get_line_readonly(at_line.get()), pango_units_to_double(box.x),
                         pango_units_to_double(pango_layout_iter_get_baseline(at_line.get()) - box.y), pango_units_to_double(box.height)});
      } while (pango_layout_iter_next_line(at_line.get()));
    }
  }
  double height() const {
    return std::accumulate(lines.begin(), lines.end(), 0.0, [](double sum, const Line& line) { return sum + line.height; });
  }

  double x, width;
  std::vector<Layout> layouts;
  std::vector<Line> lines;
  std::size_t done = 0;   // lines that are printed
};

bool is_long(const std::vector<std::string>& row) {
  return std::accumulate(row.begin(), row.end(), std::size_t{0}, [](std::size_t sum, const std::string& one) { return sum + one.size(); }) > kLongRowBytes;
}

// Cells side by side.
struct Strip {
  std::vector<Cell> cells;
  double above = 0, below = 0;
  double keep = 0;          // room that must be left below it on its page
  bool whole = true;        // stands on one page if one is high enough
  bool shaded = false, ruled = false;

  double height() const {
    double most = 0;
    for (const auto& cell : cells) most = std::max(most, cell.height());
    return above + most + below;
  }
};

// Goes through a paper twice: once without ink, to know how many pages there are, and once with.
class Press {
 public:
  Press(const Paper& paper, const Type& type, cairo_t* ink, unsigned pages)
      : paper_(paper), type_(type), ink_(ink), pages_(pages), start_(right_to_left(paper.language) ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT),
        end_(right_to_left(paper.language) ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT) {}

  // How many pages there were.
  unsigned print() {
    begin_page();
    put(text_strip(paper_.title, Style::kTitle, 0, 3));
    if (!paper_.subtitle.empty()) put(text_strip(paper_.subtitle, Style::kSubtitle, 0, 4));
    for (const auto& section : paper_.sections) {
      if (!section.heading.empty()) put(heading(section));
      for (const auto& part : section.parts) std::visit([this](const auto& one) { put_part(one); }, part);
    }
    end_page();
    return page_;
  }

 private:
  Strip text_strip(const std::string& text, Style style, double above, double below) const {
    Strip strip;
    strip.cells.emplace_back(type_, text, style, 0, kBodyWidth, start_);
    strip.above = above;
    strip.below = below;
    strip.whole = false;
    return strip;
  }

  // Keeps as much below it as what comes first in its section needs.
  Strip heading(const PaperSection& section) const {
    Strip strip = text_strip(section.heading, Style::kHeading, 14, 5);
    for (std::size_t i = 0; i < section.parts.size() && strip.keep == 0; ++i)
      strip.keep = std::visit([this](const auto& one) { return least_of(one); }, section.parts[i]);
    strip.whole = strip.ruled = true;
    return strip;
  }
  Strip strip_of(const std::string& paragraph) const { return text_strip(paragraph, Style::kBody, 2, 4); }
  Strip strip_of(const PaperFact& fact) const {
    Strip strip;
    strip.above = strip.below = 1.5;
    strip.cells.emplace_back(type_, fact.name, Style::kStrong, 0, kNameWidth - kGutter, start_);
    strip.cells.emplace_back(type_, fact.value, Style::kBody, kNameWidth, kBodyWidth - kNameWidth, start_);
    return strip;
  }
  Strip head_of(const PaperTable& table) const {
    std::vector<std::string> heads;
    for (const auto& column : table.columns) heads.push_back(column.head);
    Strip strip = row(table, heads, Style::kStrong);
    strip.shaded = true;
    if (!table.rows.empty()) strip.keep = is_long(table.rows.front()) ? kFewLines : needed_by(row(table, table.rows.front(), Style::kBody));
    return strip;
  }
  double least_of(const std::string& paragraph) const { return needed_by(strip_of(paragraph)); }
  double least_of(const PaperTable& table) const { return needed_by(head_of(table)); }
  double least_of(const std::vector<PaperFact>& facts) const {
    const auto first = std::find_if(facts.begin(), facts.end(), [](const PaperFact& fact) { return !fact.value.empty(); });
    return first == facts.end() ? 0 : needed_by(strip_of(*first));
  }
  void put_part(const std::string& paragraph) { put(strip_of(paragraph)); }
  void put_part(const std::vector<PaperFact>& facts) {
    for (const auto& fact : facts) {
      if (!fact.value.empty()) put(strip_of(fact));
    }
  }
  void put_part(const PaperTable& table) {
    Strip head = head_of(table);
    const double height = head.height();
    put(std::move(head));
    if (height < kBodyHeight / 3) again_ = [this, &table] { return head_of(table); }, head_height_ = height;
    for (const auto& cells : table.rows) put(row(table, cells, Style::kBody));
    again_ = nullptr;
    head_height_ = 0;
    y_ += 4;
  }

  Strip row(const PaperTable& table, const std::vector<std::string>& texts, Style style) const {
    double shares = 0, x = 0;
    for (const auto& column : table.columns) shares += column.share;
    Strip strip;
    strip.above = strip.below = 2.5;
    strip.ruled = true;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const double width = table.columns[i].share / shares * kBodyWidth;
      strip.cells.emplace_back(type_, texts[i], style, x + kGutter / 2, width - kGutter, start_);
      x += width;
    }
    return strip;
  }

  double room() const { return kPageHeight - kBottom - y_; }

  // The room that the page must have left for it to begin there.
  double needed_by(const Strip& strip) const {
    const double height = strip.height();
    const bool splits = !strip.whole || height > kBodyHeight - head_height_;
    return splits ? std::min(height, kFewLines) : height + strip.keep;
  }

  void put(Strip strip) {
    if (needed_by(strip) > room() && y_ > fresh_y_) turn_page();
    while (!draw(strip)) turn_page();
  }

  // As many lines as the page has room for, one at least; whether all are done.
  bool draw(Strip& strip) {
    double height = 0;
    bool done = true;
    const double most = room() - strip.above - strip.below;
    std::vector<std::size_t> until;
    for (const auto& cell : strip.cells) {
      double sum = 0;
      std::size_t line = cell.done;
      const bool forced = y_ <= fresh_y_;   // a fresh page holds at least one
      while (line < cell.lines.size() && (sum + cell.lines[line].height <= most || (forced && line == cell.done))) sum += cell.lines[line++].height;
      until.push_back(line);
      done = done && line == cell.lines.size();
      height = std::max(height, sum);
    }
    if (height == 0 && !done) return false;
    if (strip.shaded) fill(y_, strip.above + height + strip.below);
    for (std::size_t i = 0; i < strip.cells.size(); ++i) draw_lines(strip.cells[i], until[i], y_ + strip.above);
    y_ += strip.above + height + strip.below;
    if (strip.ruled) rule(y_);
    return done;
  }

  void draw_lines(Cell& cell, std::size_t until, double y) const {
    const double left = kSide + (start_ == PANGO_ALIGN_RIGHT ? kBodyWidth - cell.x - cell.width : cell.x);
    for (; cell.done < until; ++cell.done) {
      const Line& line = cell.lines[cell.done];
      if (ink_ != nullptr) {
        cairo_move_to(ink_, left + line.left, y + line.baseline);
        pango_cairo_show_layout_line(ink_, line.line);
      }
      y += line.height;
    }
  }

  void fill(double y, double height) const {
    if (ink_ == nullptr) return;
    cairo_set_source_rgb(ink_, 0.92, 0.94, 0.96);
    cairo_rectangle(ink_, kSide, y, kBodyWidth, height);
    cairo_fill(ink_);
    cairo_set_source_rgb(ink_, 0, 0, 0);
  }

  void rule(double y) const {
    if (ink_ == nullptr) return;
    cairo_set_line_width(ink_, 0.4);
    cairo_set_source_rgb(ink_, 0.6, 0.65, 0.7);
    cairo_move_to(ink_, kSide, y);
    cairo_line_to(ink_, kSide + kBodyWidth, y);
    cairo_stroke(ink_);
    cairo_set_source_rgb(ink_, 0, 0, 0);
  }

  // One line of the margin; what does not fit is cut off at a letter.
  void margin(const std::string& text, Style style, double x, double width, double y, PangoAlignment alignment) const {
    if (ink_ == nullptr || text.empty()) return;
    Cell cell(type_, text, style, x, width, alignment);
    draw_lines(cell, 1, y);
  }

  void begin_page() {
    ++page_;
    y_ = fresh_y_ = kTop;
    margin(paper_.classification, Style::kStrong, 0, kBodyWidth, 34, PANGO_ALIGN_CENTER);
    const double foot = kPageHeight - 48;
    margin(paper_.reference, Style::kSmall, 0, kBodyWidth * 2 / 3 - kGutter, foot, start_);
    margin(filled(paper_word("page_of", paper_.language), {std::to_string(page_), std::to_string(pages_)}), Style::kSmall, kBodyWidth * 2 / 3,
           kBodyWidth / 3, foot, end_);
    rule(foot - 3);
  }
  void end_page() const {
    if (ink_ != nullptr) cairo_show_page(ink_);
  }
  void turn_page() {
    end_page();
    begin_page();
    if (!again_) return;
    Strip head = again_();
    draw(head);
    fresh_y_ = y_;
  }

  const Paper& paper_;
  const Type& type_;
  cairo_t* ink_;
  unsigned pages_, page_ = 0;
  PangoAlignment start_, end_;
  double y_ = kTop, fresh_y_ = kTop;        // where the next strip begins, and where the first of this page did
  std::function<Strip()> again_;            // the head of the table that is being printed, unless it fills pages by itself
  double head_height_ = 0;
};

cairo_status_t keep(void* bytes, const unsigned char* data, unsigned length) noexcept {
  auto* to = static_cast<Bytes*>(bytes);
  to->insert(to->end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

void describe(cairo_surface_t* surface, const Paper& paper) {
  const auto say = [surface](cairo_pdf_metadata_t what, const std::string& text) { cairo_pdf_surface_set_metadata(surface, what, text.c_str()); };
  say(CAIRO_PDF_METADATA_TITLE, printable(paper.subtitle.empty() ? paper.title : paper.title + ": " + paper.subtitle, 1024));
  say(CAIRO_PDF_METADATA_SUBJECT, printable(paper.reference, 1024));
  say(CAIRO_PDF_METADATA_CREATOR, "Liaison");
  say(CAIRO_PDF_METADATA_CREATE_DATE, rfc3339(paper.made_at_ms));
}

}  // namespace

Result<Bytes> pdf_of(const Paper& paper, const std::filesystem::path& fonts) {
  TRY(check_paper(paper));
  const Type type = TRY(Type::open(paper.language, fonts));
  const unsigned pages = Press(paper, type, nullptr, 0).print();
  Bytes bytes;
  const Surface surface(cairo_pdf_surface_create_for_stream(keep, &bytes, kPageWidth, kPageHeight));
  describe(surface.get(), paper);
  Ink ink(cairo_create(surface.get()));
  Press(paper, type, ink.get(), pages).print();
  const auto drawn = cairo_status(ink.get());
  ink.reset();
  cairo_surface_finish(surface.get());
  const auto written = drawn != CAIRO_STATUS_SUCCESS ? drawn : cairo_surface_status(surface.get());
  if (written != CAIRO_STATUS_SUCCESS) return fail(Code::kInternal, fmt::format("the PDF could not be made: {}", cairo_status_to_string(written)));
  return with_language(std::move(bytes), paper.language);
}

}  // namespace liaison
