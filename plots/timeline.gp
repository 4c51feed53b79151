# A run over time: offered and confirmed rate, confirm latency, messages that wait; a column for each variant, faults
# shaded and named. Loaded by `crashq plot --kind timeline`, which says before:
#   figure, kind (svg, png or pdf), title, columns, panel (width of one), names[], time_max, time_step, window, rate_max, latency_min, latency_max,
#   queue_max,
#   $rows    of each column a data set: time offered confirmed p50 p99 waiting
#   $faults  of each column a data set: "name" begin end line, and 1 where the name ends at `begin`
# Colours are those of Okabe and Ito, which the colour-blind can tell apart; lines differ in width as well.

offered   = "#999999"
confirmed = "#0072B2"
tail      = "#D55E00"
waiting   = "#007A5A"
shade     = "#C8E69F00"
edge      = "#B07800"
frame     = "#444444"

width = 98 + panel * columns + 20 * (columns - 1)
headed = columns > 1
height = headed ? 500 : 480
if (kind eq "svg") set terminal svg size width, height dynamic font "Helvetica,Arial,sans-serif,12" background "white"
if (kind eq "png") set terminal pngcairo size 2 * width, 2 * height font "Helvetica,10" fontscale 1.75 linewidth 2
if (kind eq "pdf") set terminal pdfcairo size width / 96.0, height / 96.0 font "Helvetica,8"
set output figure

set border 3 lc rgb frame lw 0.7
set tics nomirror out scale 0.5 tc rgb "black"
set grid ytics lc rgb "#E4E4E4" lw 0.6 lt 1
set xrange [0:time_max]
set xtics 0, time_step
set style fill solid noborder
set multiplot
left = 82.0 / width; right = 16.0 / width; gap = 20.0 / width
each = (1.0 - left - right - gap * (columns - 1)) / columns
bottom = 44.0 / height; top = (headed ? 68.0 : 48.0) / height; between = 28.0 / height
high = (1.0 - bottom - top - 2 * between) / 3
array labels[3] = ["messages/s", "confirm latency", "waiting messages"]
title_size = 1.75 * width / (strlen(title) > 0 ? strlen(title) : 1) # a long one is smaller, so that it is whole
title_size = title_size > 13 ? 13 : title_size < 5 ? 5 : title_size

do for [c = 1:columns] {
    set lmargin at screen left + (c - 1) * (each + gap)
    set rmargin at screen left + (c - 1) * (each + gap) + each
    do for [r = 1:3] {
        ceiling = 1.0 - top - (r - 1) * (high + between)
        set tmargin at screen ceiling
        set bmargin at screen ceiling - high
        unset title; unset xlabel; unset ylabel; unset logscale y; unset key; unset label
        set format x ""
        set ytics auto
        if (c == 1) {
            set label labels[r] at screen 12.0 / width, screen ceiling - high / 2 center rotate by 90
            set format y "%g"
            set key at screen left, screen ceiling + 10.0 / height left center horizontal maxrows 1 reverse Left samplen 1.2 width 0 font ",10"
        } else { set format y "" }
        if (r == 1 && headed) { set label names[c] at graph 0.5, screen 1.0 - 37.0 / height center noenhanced font ",12" }
        if (r == 1 && c == 1) { set label title at screen 0.5, screen 1.0 - 14.0 / height center noenhanced font sprintf(",%.1f", title_size) }
        if (r == 3) { set format x "%g"; set xlabel "time (s)" offset 0, 0.5 }
        if (r == 1) {
            low = 0.0; most = rate_max * 1.55
            set yrange [low:most]
            plot $faults index c - 1 using 2:(low):2:3:(low):(most) with boxxyerror fc rgb shade notitle, \
                 $faults index c - 1 using 2:(low):(0):(most - low) with vectors nohead lc rgb edge lw 0.8 dt 3 notitle, \
                 $rows index c - 1 using 1:2 with steps lc rgb offered lw 4 title "offered", \
                 $rows index c - 1 using 1:3 with steps lc rgb confirmed lw 1.6 title "confirmed", \
                 $faults index c - 1 using ($5 == 0 ? $2 : NaN):(rate_max * (1.46 - 0.17 * $4)):1 with labels left offset 0.3, 0 font ",10" tc rgb "#5A3E00" noenhanced notitle, \
                 $faults index c - 1 using ($5 == 1 ? $2 : NaN):(rate_max * (1.46 - 0.17 * $4)):1 with labels right offset -0.3, 0 font ",10" tc rgb "#5A3E00" noenhanced notitle
        }
        if (r == 2) {
            set logscale y
            low = latency_min; most = latency_max
            set yrange [low:most]
            if (c == 1) { set ytics ("1 us" 1e-6, "10 us" 1e-5, "100 us" 1e-4, "1 ms" 1e-3, "10 ms" 1e-2, "100 ms" 0.1, "1 s" 1, "10 s" 10, "100 s" 100, "1000 s" 1000) } \
            else { set ytics ("" 1e-6, "" 1e-5, "" 1e-4, "" 1e-3, "" 1e-2, "" 0.1, "" 1, "" 10, "" 100, "" 1000) }
            plot $faults index c - 1 using 2:(low):2:3:(low):(most) with boxxyerror fc rgb shade notitle, \
                 $faults index c - 1 using 2:(low):(0):(most - low) with vectors nohead lc rgb edge lw 0.8 dt 3 notitle, \
                 $rows index c - 1 using ($1 + window / 2.0):5 with linespoints lc rgb tail lw 1.8 pt 7 ps 0.3 title "p99  ", \
                 $rows index c - 1 using ($1 + window / 2.0):4 with linespoints lc rgb confirmed lw 1.2 pt 7 ps 0.3 title "p50"
        }
        if (r == 3) {
            low = 0.0; most = queue_max * 1.1
            set yrange [low:most]
            plot $faults index c - 1 using 2:(low):2:3:(low):(most) with boxxyerror fc rgb shade notitle, \
                 $faults index c - 1 using 2:(low):(0):(most - low) with vectors nohead lc rgb edge lw 0.8 dt 3 notitle, \
                 $rows index c - 1 using ($1 + window):6 with lines lc rgb waiting lw 1.8 title "ready in queues"
        }
    }
}
unset multiplot
