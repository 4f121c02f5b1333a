#include "duck/table_writer.hpp"

#include "duck/history_writer.hpp"
#include "duck/mirror_writer.hpp"
#include "duck/soft_delete_writer.hpp"

namespace pintail::duck {

std::unique_ptr<TableWriter> make_table_writer(TableMode mode, const WriterPlace& place) {
    switch (mode) {
        case TableMode::soft_delete: return std::make_unique<SoftDeleteWriter>(place);
        case TableMode::history: return std::make_unique<HistoryWriter>(place);
        case TableMode::mirror: break;
    }
    return std::make_unique<MirrorWriter>(place);
}

}  // namespace pintail::duck
