/* The numbers of the Parquet format that we write (apache/parquet-format, parquet.thrift). Constant data; any thread. */
#ifndef MS_PARQUET_FORMAT_H
#define MS_PARQUET_FORMAT_H

#define MS_PARQUET_MAGIC "PAR1"
#define MS_PARQUET_MAGIC_BYTES 4

enum ms_physical {
    MS_PHYSICAL_BOOLEAN = 0,
    MS_PHYSICAL_INT32 = 1,
    MS_PHYSICAL_INT64 = 2,
    MS_PHYSICAL_DOUBLE = 5,
    MS_PHYSICAL_BYTE_ARRAY = 6
};

enum ms_repetition { MS_REPETITION_REQUIRED = 0, MS_REPETITION_OPTIONAL = 1 };

enum ms_converted { MS_CONVERTED_UTF8 = 0, MS_CONVERTED_TIMESTAMP_MICROS = 10 };

enum ms_encoding {
    MS_ENCODING_PLAIN = 0,
    MS_ENCODING_RLE = 3,
    MS_ENCODING_DELTA_BINARY_PACKED = 5,
    MS_ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    MS_ENCODING_RLE_DICTIONARY = 8
};

enum ms_page_type { MS_PAGE_DATA = 0, MS_PAGE_DICTIONARY = 2 };

enum ms_codec { MS_CODEC_ZSTD = 6 };

enum ms_boundary_order { MS_ORDER_NONE = 0, MS_ORDER_ASCENDING = 1, MS_ORDER_DESCENDING = 2 };

#endif
