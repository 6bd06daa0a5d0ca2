using Triptych.Model.Labels;

namespace Triptych.Ingest;

/// <summary>What is wrong with a stream's labels by the configured limits, with Loki's reasons.</summary>
internal static class StreamLimits
{
    /// <summary>The first limit that the labels pass, or null.</summary>
    public static (string Reason, string Detail)? Find(LogIntakeOptions options, ReadOnlySpan<byte> canonicalLabels)
    {
        if (options.MaxLabelNames == 0 && options.MaxLabelNameBytes == 0 && options.MaxLabelValueBytes == 0) return null;
        var count = 0;
        var longestName = 0;
        var longestValue = 0;
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var name, out var value))
        {
            if (!name.SequenceEqual("service_name"u8)) count++;
            longestName = Math.Max(longestName, name.Length);
            longestValue = Math.Max(longestValue, value.Length);
        }

        if (options.MaxLabelNames > 0 && count > options.MaxLabelNames)
            return ("max_label_names_per_series", $"entry for stream '{LabelSetText.Of(canonicalLabels)}' has {count} label names; limit {options.MaxLabelNames}");
        if (options.MaxLabelNameBytes > 0 && longestName > options.MaxLabelNameBytes)
        {
            return ("label_name_too_long",
                $"stream '{LabelSetText.Of(canonicalLabels)}' has label name too long: {longestName} bytes, more than {options.MaxLabelNameBytes}");
        }

        if (options.MaxLabelValueBytes > 0 && longestValue > options.MaxLabelValueBytes)
        {
            return ("label_value_too_long",
                $"stream '{LabelSetText.Of(canonicalLabels)}' has label value too long: {longestValue} bytes, more than {options.MaxLabelValueBytes}");
        }

        return null;
    }
}

/// <summary>What is wrong with a record's structured metadata by the configured limits, with Loki's reasons.</summary>
internal static class MetadataLimits
{
    /// <summary>The first limit that the metadata passes, or null.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="canonicalMetadata">Names and values; their lengths, a few bytes each, count as well.</param>
    public static (string Reason, string Detail)? Find(LogIntakeOptions options, int count, ReadOnlySpan<byte> canonicalMetadata)
    {
        if (count == 0) return null;
        if (!options.AllowsMetadata) return ("disallowed_structured_metadata", "an entry has structured metadata, which is switched off");
        if (options.MaxMetadataBytes > 0 && canonicalMetadata.Length > options.MaxMetadataBytes)
            return ("structured_metadata_too_large", $"an entry's metadata has {canonicalMetadata.Length} bytes, more than {options.MaxMetadataBytes}");
        if (options.MaxMetadataCount > 0 && count > options.MaxMetadataCount)
            return ("structured_metadata_too_many", $"an entry has {count} pieces of metadata, more than {options.MaxMetadataCount}");
        return null;
    }
}
