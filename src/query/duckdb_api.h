/* DuckDB's C interface, loaded when the first session opens: linking the library would cost every run the relocations of its
 * 60 MB, five times what an ingest of a small file does besides. Whoever in query/ calls a function of it includes this instead
 * of <duckdb.h>, and calls it by its own name. A function that is used for the first time gets its two rows.
 *
 * Thread rule: ms_duckdb_load from any thread; after it the table is constant. */
#ifndef MS_QUERY_DUCKDB_API_H
#define MS_QUERY_DUCKDB_API_H

#include <duckdb.h>

#include "base/status.h"

#define MS_DUCKDB_FUNCTIONS(X)                                                                                         \
    X(duckdb_append_int64)                                                                                             \
    X(duckdb_append_null)                                                                                              \
    X(duckdb_append_timestamp)                                                                                         \
    X(duckdb_append_varchar_length)                                                                                    \
    X(duckdb_appender_close)                                                                                           \
    X(duckdb_appender_create)                                                                                          \
    X(duckdb_appender_destroy)                                                                                         \
    X(duckdb_appender_end_row)                                                                                         \
    X(duckdb_appender_error)                                                                                           \
    X(duckdb_array_type_array_size)                                                                                    \
    X(duckdb_array_type_child_type)                                                                                    \
    X(duckdb_array_vector_get_child)                                                                                   \
    X(duckdb_bind_int64)                                                                                               \
    X(duckdb_bind_null)                                                                                                \
    X(duckdb_bind_timestamp_tz)                                                                                        \
    X(duckdb_bind_varchar_length)                                                                                      \
    X(duckdb_close)                                                                                                    \
    X(duckdb_column_count)                                                                                             \
    X(duckdb_column_logical_type)                                                                                      \
    X(duckdb_column_name)                                                                                              \
    X(duckdb_column_type)                                                                                              \
    X(duckdb_connect)                                                                                                  \
    X(duckdb_create_blob)                                                                                              \
    X(duckdb_create_config)                                                                                            \
    X(duckdb_create_interval)                                                                                          \
    X(duckdb_create_logical_type)                                                                                      \
    X(duckdb_create_scalar_function)                                                                                   \
    X(duckdb_create_time)                                                                                              \
    X(duckdb_create_time_ns)                                                                                           \
    X(duckdb_create_time_tz_value)                                                                                     \
    X(duckdb_create_timestamp_ms)                                                                                      \
    X(duckdb_create_timestamp_ns)                                                                                      \
    X(duckdb_create_timestamp_s)                                                                                       \
    X(duckdb_create_uuid)                                                                                              \
    X(duckdb_data_chunk_get_size)                                                                                      \
    X(duckdb_data_chunk_get_vector)                                                                                    \
    X(duckdb_decimal_internal_type)                                                                                    \
    X(duckdb_decimal_scale)                                                                                            \
    X(duckdb_destroy_config)                                                                                           \
    X(duckdb_destroy_data_chunk)                                                                                       \
    X(duckdb_destroy_extracted)                                                                                        \
    X(duckdb_destroy_logical_type)                                                                                     \
    X(duckdb_destroy_prepare)                                                                                          \
    X(duckdb_destroy_result)                                                                                           \
    X(duckdb_destroy_scalar_function)                                                                                  \
    X(duckdb_destroy_value)                                                                                            \
    X(duckdb_disconnect)                                                                                               \
    X(duckdb_enum_dictionary_value)                                                                                    \
    X(duckdb_enum_internal_type)                                                                                       \
    X(duckdb_execute_prepared_streaming)                                                                               \
    X(duckdb_extract_statements)                                                                                       \
    X(duckdb_extract_statements_error)                                                                                 \
    X(duckdb_fetch_chunk)                                                                                              \
    X(duckdb_free)                                                                                                     \
    X(duckdb_from_date)                                                                                                \
    X(duckdb_from_timestamp)                                                                                           \
    X(duckdb_get_type_id)                                                                                              \
    X(duckdb_get_varchar)                                                                                              \
    X(duckdb_interrupt)                                                                                                \
    X(duckdb_is_finite_date)                                                                                           \
    X(duckdb_is_finite_timestamp)                                                                                      \
    X(duckdb_list_type_child_type)                                                                                     \
    X(duckdb_list_vector_get_child)                                                                                    \
    X(duckdb_open_ext)                                                                                                 \
    X(duckdb_prepare)                                                                                                  \
    X(duckdb_prepare_error)                                                                                            \
    X(duckdb_prepare_extracted_statement)                                                                              \
    X(duckdb_query)                                                                                                    \
    X(duckdb_register_scalar_function)                                                                                 \
    X(duckdb_result_error)                                                                                             \
    X(duckdb_result_return_type)                                                                                       \
    X(duckdb_scalar_function_add_parameter)                                                                            \
    X(duckdb_scalar_function_set_function)                                                                             \
    X(duckdb_scalar_function_set_name)                                                                                 \
    X(duckdb_scalar_function_set_return_type)                                                                          \
    X(duckdb_scalar_function_set_special_handling)                                                                     \
    X(duckdb_set_config)                                                                                               \
    X(duckdb_string_t_data)                                                                                            \
    X(duckdb_string_t_length)                                                                                          \
    X(duckdb_struct_type_child_count)                                                                                  \
    X(duckdb_struct_type_child_name)                                                                                   \
    X(duckdb_struct_type_child_type)                                                                                   \
    X(duckdb_struct_vector_get_child)                                                                                  \
    X(duckdb_validity_row_is_valid)                                                                                    \
    X(duckdb_vector_get_data)                                                                                          \
    X(duckdb_vector_get_validity)                                                                                      \
    X(duckdb_vector_size)

struct ms_duckdb { /* all NULL until loaded */
#define X(name) __typeof__(name) *call_##name;
    MS_DUCKDB_FUNCTIONS(X)
#undef X
};
extern struct ms_duckdb ms_duckdb;

/* MS_ERR_LIBRARY: there is no such library, or not one that can what is needed. */
MS_NODISCARD enum ms_status ms_duckdb_load(struct ms_error *err);

#define duckdb_append_int64 ms_duckdb.call_duckdb_append_int64
#define duckdb_append_null ms_duckdb.call_duckdb_append_null
#define duckdb_append_timestamp ms_duckdb.call_duckdb_append_timestamp
#define duckdb_append_varchar_length ms_duckdb.call_duckdb_append_varchar_length
#define duckdb_appender_close ms_duckdb.call_duckdb_appender_close
#define duckdb_appender_create ms_duckdb.call_duckdb_appender_create
#define duckdb_appender_destroy ms_duckdb.call_duckdb_appender_destroy
#define duckdb_appender_end_row ms_duckdb.call_duckdb_appender_end_row
#define duckdb_appender_error ms_duckdb.call_duckdb_appender_error
#define duckdb_array_type_array_size ms_duckdb.call_duckdb_array_type_array_size
#define duckdb_array_type_child_type ms_duckdb.call_duckdb_array_type_child_type
#define duckdb_array_vector_get_child ms_duckdb.call_duckdb_array_vector_get_child
#define duckdb_bind_int64 ms_duckdb.call_duckdb_bind_int64
#define duckdb_bind_null ms_duckdb.call_duckdb_bind_null
#define duckdb_bind_timestamp_tz ms_duckdb.call_duckdb_bind_timestamp_tz
#define duckdb_bind_varchar_length ms_duckdb.call_duckdb_bind_varchar_length
#define duckdb_close ms_duckdb.call_duckdb_close
#define duckdb_column_count ms_duckdb.call_duckdb_column_count
#define duckdb_column_logical_type ms_duckdb.call_duckdb_column_logical_type
#define duckdb_column_name ms_duckdb.call_duckdb_column_name
#define duckdb_column_type ms_duckdb.call_duckdb_column_type
#define duckdb_connect ms_duckdb.call_duckdb_connect
#define duckdb_create_blob ms_duckdb.call_duckdb_create_blob
#define duckdb_create_config ms_duckdb.call_duckdb_create_config
#define duckdb_create_interval ms_duckdb.call_duckdb_create_interval
#define duckdb_create_logical_type ms_duckdb.call_duckdb_create_logical_type
#define duckdb_create_scalar_function ms_duckdb.call_duckdb_create_scalar_function
#define duckdb_create_time ms_duckdb.call_duckdb_create_time
#define duckdb_create_time_ns ms_duckdb.call_duckdb_create_time_ns
#define duckdb_create_time_tz_value ms_duckdb.call_duckdb_create_time_tz_value
#define duckdb_create_timestamp_ms ms_duckdb.call_duckdb_create_timestamp_ms
#define duckdb_create_timestamp_ns ms_duckdb.call_duckdb_create_timestamp_ns
#define duckdb_create_timestamp_s ms_duckdb.call_duckdb_create_timestamp_s
#define duckdb_create_uuid ms_duckdb.call_duckdb_create_uuid
#define duckdb_data_chunk_get_size ms_duckdb.call_duckdb_data_chunk_get_size
#define duckdb_data_chunk_get_vector ms_duckdb.call_duckdb_data_chunk_get_vector
#define duckdb_decimal_internal_type ms_duckdb.call_duckdb_decimal_internal_type
#define duckdb_decimal_scale ms_duckdb.call_duckdb_decimal_scale
#define duckdb_destroy_config ms_duckdb.call_duckdb_destroy_config
#define duckdb_destroy_data_chunk ms_duckdb.call_duckdb_destroy_data_chunk
#define duckdb_destroy_extracted ms_duckdb.call_duckdb_destroy_extracted
#define duckdb_destroy_logical_type ms_duckdb.call_duckdb_destroy_logical_type
#define duckdb_destroy_prepare ms_duckdb.call_duckdb_destroy_prepare
#define duckdb_destroy_result ms_duckdb.call_duckdb_destroy_result
#define duckdb_destroy_scalar_function ms_duckdb.call_duckdb_destroy_scalar_function
#define duckdb_destroy_value ms_duckdb.call_duckdb_destroy_value
#define duckdb_disconnect ms_duckdb.call_duckdb_disconnect
#define duckdb_enum_dictionary_value ms_duckdb.call_duckdb_enum_dictionary_value
#define duckdb_enum_internal_type ms_duckdb.call_duckdb_enum_internal_type
#define duckdb_execute_prepared_streaming ms_duckdb.call_duckdb_execute_prepared_streaming
#define duckdb_extract_statements ms_duckdb.call_duckdb_extract_statements
#define duckdb_extract_statements_error ms_duckdb.call_duckdb_extract_statements_error
#define duckdb_fetch_chunk ms_duckdb.call_duckdb_fetch_chunk
#define duckdb_free ms_duckdb.call_duckdb_free
#define duckdb_from_date ms_duckdb.call_duckdb_from_date
#define duckdb_from_timestamp ms_duckdb.call_duckdb_from_timestamp
#define duckdb_get_type_id ms_duckdb.call_duckdb_get_type_id
#define duckdb_get_varchar ms_duckdb.call_duckdb_get_varchar
#define duckdb_interrupt ms_duckdb.call_duckdb_interrupt
#define duckdb_is_finite_date ms_duckdb.call_duckdb_is_finite_date
#define duckdb_is_finite_timestamp ms_duckdb.call_duckdb_is_finite_timestamp
#define duckdb_list_type_child_type ms_duckdb.call_duckdb_list_type_child_type
#define duckdb_list_vector_get_child ms_duckdb.call_duckdb_list_vector_get_child
#define duckdb_open_ext ms_duckdb.call_duckdb_open_ext
#define duckdb_prepare ms_duckdb.call_duckdb_prepare
#define duckdb_prepare_error ms_duckdb.call_duckdb_prepare_error
#define duckdb_prepare_extracted_statement ms_duckdb.call_duckdb_prepare_extracted_statement
#define duckdb_query ms_duckdb.call_duckdb_query
#define duckdb_register_scalar_function ms_duckdb.call_duckdb_register_scalar_function
#define duckdb_result_error ms_duckdb.call_duckdb_result_error
#define duckdb_result_return_type ms_duckdb.call_duckdb_result_return_type
#define duckdb_scalar_function_add_parameter ms_duckdb.call_duckdb_scalar_function_add_parameter
#define duckdb_scalar_function_set_function ms_duckdb.call_duckdb_scalar_function_set_function
#define duckdb_scalar_function_set_name ms_duckdb.call_duckdb_scalar_function_set_name
#define duckdb_scalar_function_set_return_type ms_duckdb.call_duckdb_scalar_function_set_return_type
#define duckdb_scalar_function_set_special_handling ms_duckdb.call_duckdb_scalar_function_set_special_handling
#define duckdb_set_config ms_duckdb.call_duckdb_set_config
#define duckdb_string_t_data ms_duckdb.call_duckdb_string_t_data
#define duckdb_string_t_length ms_duckdb.call_duckdb_string_t_length
#define duckdb_struct_type_child_count ms_duckdb.call_duckdb_struct_type_child_count
#define duckdb_struct_type_child_name ms_duckdb.call_duckdb_struct_type_child_name
#define duckdb_struct_type_child_type ms_duckdb.call_duckdb_struct_type_child_type
#define duckdb_struct_vector_get_child ms_duckdb.call_duckdb_struct_vector_get_child
#define duckdb_validity_row_is_valid ms_duckdb.call_duckdb_validity_row_is_valid
#define duckdb_vector_get_data ms_duckdb.call_duckdb_vector_get_data
#define duckdb_vector_get_validity ms_duckdb.call_duckdb_vector_get_validity
#define duckdb_vector_size ms_duckdb.call_duckdb_vector_size

#endif
